//! Models in several files, numbered as both formats do it: `NAME-00001-of-00003.gguf`.

use crate::{Error, Result};

/// The names of all parts of the model that `name` is a part of, in order; `None` if the name has no such number.
pub fn siblings(name: &str) -> Option<Vec<String>> {
    let (stem, ending) = name.rsplit_once('.')?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (stem, at) = rest.rsplit_once('-')?;
    let number = |text: &str| if text.len() == 5 { text.parse::<usize>().ok() } else { None };
    let (at, count) = (number(at)?, number(count)?);
    let valid = (1..=MAX_PARTS).contains(&count) && (1..=count).contains(&at);
    valid.then(|| (1..=count).map(|i| format!("{stem}-{i:05}-of-{count:05}.{ending}")).collect())
}

/// Checks that files are one model: a single file, or all parts of one.
///
/// # Errors
/// If there are several files that are no parts of one model, or a part is missing; the error names it.
pub fn check_whole(names: &[String]) -> Result<()> {
    let Some(parts) = names.first().and_then(|first| siblings(first)) else {
        return if names.len() > 1 { Err(several(names)) } else { Ok(()) };
    };
    if names.iter().any(|name| !parts.contains(name)) {
        return Err(several(names));
    }
    let missing: Vec<&str> = parts.iter().filter(|part| !names.contains(part)).map(String::as_str).collect();
    match missing.as_slice() {
        [] => Ok(()),
        [first, ..] => {
            let all = if missing.len() > 1 { format!(", as are others: {}", missing.join(", ")) } else { String::new() };
            Err(Error::package(first, format!("is missing{all}; the model is split into {} parts, and all are needed", parts.len())))
        }
    }
}

fn several(names: &[String]) -> Error {
    Error::setting("files", "must be one .gguf, or all parts of one, not several", names.join(", "))
}

/// Largest number of parts; no model that this program could hold has more.
pub const MAX_PARTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::{check_whole, siblings};

    #[test]
    fn parts_are_numbered() {
        let both = Some(vec!["m-00001-of-00002.gguf".to_owned(), "m-00002-of-00002.gguf".to_owned()]);
        assert_eq!((siblings("m-00001-of-00002.gguf"), siblings("m-00002-of-00002.gguf")), (both.clone(), both));
        for other in
            ["m.gguf", "m-1-of-2.gguf", "m-00003-of-00002.gguf", "m-00001-of-00000.gguf", "m-00001-of-99999.gguf", "m-00001-of-00002"]
        {
            assert_eq!(siblings(other), None, "{other}");
        }
    }

    #[test]
    fn a_missing_part_is_named() {
        let told =
            |names: &[&str]| check_whole(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).err().map(|e| e.to_string());
        let [one, two, three] = ["m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf"];
        assert_eq!((told(&["m.gguf"]), told(&[three, one, two])), (None, None));
        assert!(
            told(&[one, three]).is_some_and(|told| told.contains("m-00002-of-00003.gguf: is missing; the model is split into 3 parts"))
        );
        let all = told(&[two]).unwrap();
        assert!(all.contains(one) && all.contains(three), "{all}");
        for others in [&["a.gguf", "b.gguf"][..], &[one, "other-00002-of-00003.gguf"]] {
            assert!(told(others).is_some_and(|told| told.contains("must be one .gguf")), "{others:?}");
        }
    }
}
