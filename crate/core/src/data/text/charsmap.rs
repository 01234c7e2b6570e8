//! A check of SentencePiece's precompiled normalisation rules: a double array, four bytes per unit, and the texts that its leaves point into.
//! `tokenizers` walks it without bounds checks of its own, so every step and every leaf of every unit is checked here to lie inside.

/// Flag bits of a unit: those of a leaf, or of a label that no byte equals.
const IS_VALUE: u32 = 1 << 31;

/// Checks a base64-encoded table.
///
/// # Errors
/// The rule that the table breaks.
pub(super) fn check(base64: &str) -> Result<(), String> {
    let bytes = decoded(base64).ok_or("must be base64")?;
    let (head, rest) = bytes.split_first_chunk::<4>().ok_or("must have a length")?;
    let n_bytes = u32::from_le_bytes(*head) as usize;
    let (units, texts) =
        rest.split_at_checked(n_bytes).filter(|_| n_bytes >= 4 && n_bytes.is_multiple_of(4)).ok_or("must have whole units")?;
    let units: Vec<u32> = units.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    let texts = std::str::from_utf8(texts).map_err(|_| "must hold UTF-8")?;
    for (at, unit) in units.iter().enumerate() {
        if at > 0 && unit & IS_VALUE != 0 {
            continue;
        }
        let next = at ^ ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6);
        // From here a step leads to `next ^ byte`.
        if next | 0xff >= units.len() {
            return Err(format!("unit {at} must lead to one of {}, it leads to {next}", units.len()));
        }
        let leaf = (units[next] & !IS_VALUE) as usize;
        if unit >> 8 & 1 == 1 && !texts.is_char_boundary(leaf) {
            return Err(format!("unit {at} must lead to a text within {} bytes, got {leaf}", texts.len()));
        }
    }
    Ok(())
}

/// Decodes base64 (RFC 4648), as strictly as the reader that follows: whole groups of four, no bits left over. Otherwise `None`.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n_bits) = (0u32, 0);
    let body = text.strip_suffix('=').map_or(text, |text| text.strip_suffix('=').unwrap_or(text));
    if !text.len().is_multiple_of(4) {
        return None;
    }
    for byte in body.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, n_bits) = (bits << 6 | u32::from(value), n_bits + 6);
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    (bits & ((1 << n_bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let triple = |three: &[u8]| {
            let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            (0..4)
                .map(move |i| if i <= bits_of(three) { char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' })
                .collect::<String>()
        };
        fn bits_of(three: &[u8]) -> usize {
            three.len()
        }
        bytes.chunks(3).map(triple).collect()
    }

    /// 256 units: the root leads to the units themselves, and `a` leads to a leaf at 0x60, whose text is at `leaf`.
    fn table(leaf: u32, texts: &[u8]) -> String {
        let mut units = vec![0u32; 256];
        units[usize::from(b'a')] = u32::from(b'a') | 1 << 8 | 1 << 10;
        units[usize::from(b'a') ^ 1] = IS_VALUE | leaf;
        let units: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        encoded(&[&1024u32.to_le_bytes()[..], &units, texts].concat())
    }

    #[test]
    fn base64_by_the_standard() {
        // From RFC 4648, section 10.
        for (text, expected) in [("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!((decoded(text).unwrap().as_slice(), encoded(expected.as_bytes())), (expected.as_bytes(), text.to_owned()));
        }
        for wrong in ["Zm9*", "Zg=", "Zg===", "Zh==", "Zg==Zg==", "Z"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_step_leads_outside() {
        assert_eq!(check(&table(0, b"x\0")), Ok(()));
        assert_eq!(check(&table(2, "é".as_bytes())), Ok(()));
        assert!(check(&table(1, "é".as_bytes())).unwrap_err().contains("got 1"));
        assert!(check(&table(9, b"x\0")).unwrap_err().contains("within 2 bytes"));
        assert!(check(&encoded(&[4, 0, 0, 0, 0, 8, 0, 0])).unwrap_err().contains("unit 0 must lead to one of 1"));
        assert!(check("BAAA").unwrap_err().contains("must have a length"));
        assert!(check("AAAAAA==").unwrap_err().contains("whole units"));
    }
}
