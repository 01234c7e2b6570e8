//! Models in several files, numbered as both formats do it: `NAME-00001-of-00003.gguf`.

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

/// Largest number of parts; no model that this program could hold has more.
pub const MAX_PARTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::siblings;

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
}
