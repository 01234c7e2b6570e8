//! Wrong usage: marks an error as the user's request, which ends with exit code 2, and writes errors for people.

use unlearn_core::Error;

/// Marks an error as wrong usage (exit code 2). It is attached as context to the error that says what was wrong, and adds no words to it.
#[derive(Debug, Clone, Copy)]
pub struct Usage;

impl std::fmt::Display for Usage {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

/// An error of wrong usage that says this.
pub fn wrong(what: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{what}").context(Usage)
}

/// An error of core that a request caused: a setting that breaks its rule is wrong usage, anything else is not.
pub fn asked(error: Error) -> anyhow::Error {
    let is_setting = matches!(error, Error::Setting { .. });
    let error = anyhow::Error::from(error);
    if is_setting { error.context(Usage) } else { error }
}

/// An error with its causes on one line.
pub fn told(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    // A cause that the text before it already ends with says nothing new.
    for part in error.chain().map(ToString::to_string).filter(|part| !part.is_empty()) {
        if !parts.last().is_some_and(|before| before.ends_with(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_mark_adds_no_words() {
        let error = asked(Error::setting("lr", "must be above 0", 0)).context("training");
        assert_eq!(told(&error), "training: lr: must be above 0, got `0`");
        assert!(error.is::<Usage>() && !asked(Error::Cancelled).is::<Usage>());
        let named = Err::<(), _>(wrong("out: names nothing")).context("a").unwrap_err();
        assert!(named.is::<Usage>() && told(&named) == "a: out: names nothing");
    }
}
