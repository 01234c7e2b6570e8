//! What a file is by its first bytes, for error messages. People save a sign-in page in place of a file, clone a repository without Git LFS, or take
//! another format than they think.

/// A kind of file that is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// No bytes at all.
    Empty,
    /// The text that Git keeps in place of a large file (Git LFS, or Hugging Face's Xet).
    Pointer,
    /// An HTML page.
    Page,
    /// XML that is no HTML, mostly a server's error.
    Xml,
    /// A server's error, as JSON or as a line of text.
    ServerError,
    /// A zip archive.
    Zip,
    /// A zip archive with Python's pickles, as PyTorch writes.
    TorchZip,
    /// A spreadsheet or text document, which is a zip archive too.
    Office,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by xz.
    Xz,
    /// Compressed by Zstandard.
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// Python's pickle, as old versions of PyTorch write.
    Pickle,
    /// A safetensors file.
    Safetensors,
    /// A GGUF file.
    Gguf,
    /// A model of llama.cpp before GGUF.
    OldGgml,
    /// A NumPy array.
    Numpy,
    /// An HDF5 file, such as TensorFlow's weights.
    Hdf5,
    /// A Parquet table.
    Parquet,
    /// An Arrow table.
    Arrow,
    /// A workbook or document of Microsoft Office before its files were zip archives.
    OldOffice,
    /// Text in UTF-16.
    Utf16,
    /// An SQLite database.
    Sqlite,
    /// A PDF document.
    Pdf,
}

/// A server's error is short; anything longer is data.
const MAX_ERROR_BYTES: usize = 4096;
/// How the hub's errors in plain text begin.
const SERVER_TEXTS: [&str; 5] =
    ["Entry not found", "Repository not found", "Access to model ", "Access to dataset ", "Invalid username or password"];

/// The kind of a file; `None` for text and for everything that is not recognised.
pub fn sniff(bytes: &[u8]) -> Option<FileKind> {
    const MAGIC: [(&[u8], FileKind); 20] = [
        (b"version https://git-lfs.github.com/spec/", FileKind::Pointer),
        (b"# xet version", FileKind::Pointer),
        (b"\x1f\x8b", FileKind::Gzip),
        (b"BZh", FileKind::Bzip2),
        (b"\xfd7zXZ\0", FileKind::Xz),
        (b"\x28\xb5\x2f\xfd", FileKind::Zstd),
        (b"7z\xbc\xaf\x27\x1c", FileKind::SevenZip),
        (b"Rar!\x1a\x07", FileKind::Rar),
        (b"GGUF", FileKind::Gguf),
        (b"ggml", FileKind::OldGgml),
        (b"lmgg", FileKind::OldGgml),
        (b"fmgg", FileKind::OldGgml),
        (b"tjgg", FileKind::OldGgml),
        (b"\x93NUMPY", FileKind::Numpy),
        (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
        (b"PAR1", FileKind::Parquet),
        (b"ARROW1", FileKind::Arrow),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::OldOffice),
        (b"SQLite format 3\0", FileKind::Sqlite),
        (b"%PDF-", FileKind::Pdf),
    ];
    if bytes.is_empty() {
        return Some(FileKind::Empty);
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(*kind);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(zip_kind(bytes));
    }
    // With two more zero bytes it would be UTF-32, or no text.
    if (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) && bytes.get(2..4) != Some(&[0, 0]) {
        return Some(FileKind::Utf16);
    }
    // Protocol 2 to 5, whose number comes second. No text begins with this byte.
    if let [0x80, 2..=5, ..] = bytes {
        return Some(FileKind::Pickle);
    }
    // Eight bytes of length, then a JSON object.
    if let Some((head, rest)) = bytes.split_first_chunk::<8>()
        && rest.first() == Some(&b'{')
        && u64::from_le_bytes(*head) <= rest.len() as u64
    {
        return Some(FileKind::Safetensors);
    }
    text_kind(bytes)
}

/// What is said of a file in an error: "is a web page, …", what it is and what to do. `None` if its kind is not recognised.
pub fn told(bytes: &[u8]) -> Option<&'static str> {
    sniff(bytes).map(FileKind::told)
}

impl FileKind {
    /// What is said of such a file where another kind was wanted.
    pub fn told(self) -> &'static str {
        match self {
            Self::Empty => "is empty: it was not downloaded whole",
            Self::Pointer => "is a Git LFS pointer, not the file itself: get the file with `git lfs pull`, or download it from its page",
            Self::Page => {
                "is a web page, not the file itself: the download link led to a page, such as one to sign in; download the file again"
            }
            Self::Xml => "is XML, mostly a server's error in place of the file: download the file again",
            Self::ServerError => {
                "is a server's error in place of the file: download the file again; it may need an account that has access"
            }
            Self::Zip => "is a zip archive",
            Self::TorchZip => {
                "holds PyTorch's pickles, which are not read since they may run any program: save the model as safetensors \
                 (`save_pretrained(folder, safe_serialization=True)`)"
            }
            Self::Pickle => {
                "is a Python pickle, which is not read since it may run any program: save it as safetensors \
                 (`save_pretrained(folder, safe_serialization=True)`)"
            }
            Self::Office => "is an office document: save it as CSV",
            Self::Gzip => "is compressed by gzip: unpack it first (`gunzip`)",
            Self::Bzip2 => "is compressed by bzip2: unpack it first (`bunzip2`)",
            Self::Xz => "is compressed by xz: unpack it first (`unxz`)",
            Self::Zstd => "is compressed by Zstandard: unpack it first (`unzstd`)",
            Self::SevenZip => "is a 7z archive: unpack it first",
            Self::Rar => "is a RAR archive: unpack it first",
            Self::Safetensors => "is a safetensors file",
            Self::Gguf => "is a GGUF model",
            Self::OldGgml => "is a model in llama.cpp's format before GGUF: take the model as GGUF",
            Self::Numpy => "is a NumPy array",
            Self::Hdf5 => "is an HDF5 file, such as TensorFlow's weights: save the model as safetensors",
            Self::Parquet => "is a Parquet table: save it as CSV",
            Self::Arrow => "is an Arrow table: save it as CSV",
            Self::OldOffice => "is an office document: save it as CSV",
            Self::Utf16 => "is a text in UTF-16: save it as UTF-8",
            Self::Sqlite => "is an SQLite database: save its table as CSV",
            Self::Pdf => "is a PDF document",
        }
    }
}

/// A zip archive by the name of its first file.
fn zip_kind(bytes: &[u8]) -> FileKind {
    let n = bytes.get(26..28).map_or(0, |n| usize::from(u16::from_le_bytes([n[0], n[1]])));
    let first = bytes.get(30..30 + n).unwrap_or_default();
    if first.ends_with(b"/data.pkl") {
        FileKind::TorchZip
    } else if first == b"[Content_Types].xml" || first == b"mimetype" {
        FileKind::Office
    } else {
        FileKind::Zip
    }
}

fn text_kind(bytes: &[u8]) -> Option<FileKind> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let head = bytes.get(..512).unwrap_or(bytes).to_ascii_lowercase();
    let has = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") || head.starts_with(b"<head") {
        return Some(FileKind::Page);
    }
    if head.starts_with(b"<?xml") || head.starts_with(b"<error") {
        return Some(if has(b"<html") { FileKind::Page } else { FileKind::Xml });
    }
    if bytes.len() > MAX_ERROR_BYTES {
        return None;
    }
    if SERVER_TEXTS.iter().any(|text| bytes.starts_with(text.as_bytes())) {
        return Some(FileKind::ServerError);
    }
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(bytes) else { return None };
    let has = |key: &str| fields.contains_key(key);
    let is_error =
        fields.len() <= 6 && (has("error") || has("errors") || (has("message") && (has("code") || has("status") || has("statusCode"))));
    is_error.then_some(FileKind::ServerError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let torch = [&b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0archive/data.pkl"[..], b"..."].concat();
        let safetensors = [&2u64.to_le_bytes()[..], b"{}"].concat();
        let cases: [(&[u8], Option<FileKind>); 23] = [
            (b"", Some(FileKind::Empty)),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n", Some(FileKind::Pointer)),
            (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", Some(FileKind::Page)),
            (b"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC><html>", Some(FileKind::Page)),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Some(FileKind::Xml)),
            (b"{\"error\":\"Repository not found\"}", Some(FileKind::ServerError)),
            (b"{\"code\":403,\"message\":\"Permission denied\"}", Some(FileKind::ServerError)),
            (b"Access to model a/b is restricted", Some(FileKind::ServerError)),
            (&torch, Some(FileKind::TorchZip)),
            (b"PK\x03\x04", Some(FileKind::Zip)),
            (b"\x80\x02\x8a\x0a", Some(FileKind::Pickle)),
            (&safetensors, Some(FileKind::Safetensors)),
            (b"GGUF\x03\0\0\0", Some(FileKind::Gguf)),
            (b"\x1f\x8b\x08", Some(FileKind::Gzip)),
            (b"PAR1", Some(FileKind::Parquet)),
            (b"ARROW1\0\0", Some(FileKind::Arrow)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", Some(FileKind::OldOffice)),
            (b"\xff\xfeu\0s\0", Some(FileKind::Utf16)),
            // Data are not taken for anything else.
            (b"{\"user_id\":\"a\",\"book_id\":\"1\",\"rating\":4}\n{\"user_id\":\"b\"}", None),
            (b"{\"model_type\":\"llama\",\"message\":\"x\"}", None),
            (b"userId,movieId,rating,timestamp\n1,1,4.0,1", None),
            (b"1::1::5::978300760", None),
            (b"\xff\xfe\0\0", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(sniff(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
        // A header longer than the file is no safetensors file.
        assert_eq!(sniff(b"\xff\0\0\0\0\0\0\0{}"), None);
        assert!(told(b"version https://git-lfs.github.com/spec/v1\n").is_some_and(|told| told.starts_with("is a Git LFS pointer")));
    }
}
