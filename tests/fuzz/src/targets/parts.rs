//! Splits inputs into parts, and builds safetensors files with correct lengths; arbitrary bytes would fail the first check.

/// Separator between two parts: three bytes that occur in no text file.
const SEPARATOR: &[u8] = b"\0%\n";
/// Maximum size of the data that a header may request.
const MOST_DATA: usize = 1 << 18;

/// The first byte, which selects an option, and the rest; zero if the input is empty.
pub fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// The parts of an input between separators; there is always at least one.
pub fn parts(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(SEPARATOR.len()).position(|found| found == SEPARATOR) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + SEPARATOR.len()..];
    }
    parts.push(bytes);
    parts
}

/// A safetensors file made of a header and data. The header's length is prepended, and the data are truncated or padded to the end of the last tensor.
pub fn safetensors(header: &[u8], data: &[u8]) -> Vec<u8> {
    let tensors: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(header).ok();
    let ends = tensors.iter().flatten().filter_map(|(_, tensor)| tensor["data_offsets"][1].as_u64());
    let end = ends.max().map_or(data.len(), |end| usize::try_from(end).unwrap_or(usize::MAX));
    let len = header.len().next_multiple_of(8);
    let mut file = (len as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.resize(8 + len, b' ');
    file.extend(data);
    if end <= MOST_DATA {
        // Pads with small numbers in every type, so that the result is a usable model.
        let filling = [0x00, 0x11, 0x22, 0x33];
        (8 + len + data.len()..8 + len + end).for_each(|at| file.push(filling[at % 4]));
        file.truncate(8 + len + end);
    }
    file
}
