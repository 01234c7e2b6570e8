//! The options of all commands, in one flat struct, since they hardly differ.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// The arguments after the command's name.
#[derive(Default, Debug, PartialEq)]
pub struct Options {
    /// `-h`, `--help`.
    pub help: bool,
    /// `--port N`: the port; 0 takes a free one.
    pub port: Option<u16>,
    /// `--no-serve`: stop after the build.
    pub no_serve: bool,
    /// `--quick`: skip steps that take minutes.
    pub quick: bool,
    /// `--only NAME`, repeatable: run only these steps.
    pub only: Vec<String>,
    /// `--from PATH`: use this file instead of a download.
    pub from: Option<PathBuf>,
    /// `--seconds N`: CPU time per target.
    pub seconds: Option<u32>,
    /// `--jobs N`: number of parallel jobs.
    pub jobs: Option<u32>,
    /// A folder, or the name of a model or target, for commands that take one.
    pub folder: Option<PathBuf>,
}

impl Options {
    /// Parses the arguments after the command's name.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-h" | "--help" => options.help = true,
                "--no-serve" => options.no_serve = true,
                "--quick" => options.quick = true,
                "--only" => options.only.push(args.next().context("--only needs the name of a step")?),
                "--from" => options.from = Some(PathBuf::from(args.next().context("--from needs a path")?)),
                "--port" => {
                    let value = args.next().context("--port needs a number")?;
                    options.port = Some(value.parse().with_context(|| format!("--port {value} is not a number from 0 to 65535"))?);
                }
                "--seconds" | "--jobs" => {
                    let value = args.next().with_context(|| format!("{arg} needs a number"))?;
                    let number = value.parse().with_context(|| format!("{arg} {value} is not a whole number"))?;
                    *(if arg == "--jobs" { &mut options.jobs } else { &mut options.seconds }) = Some(number);
                }
                other if other.starts_with('-') => bail!("option `{other}` does not exist"),
                other if options.folder.is_none() => options.folder = Some(PathBuf::from(other)),
                other => bail!("`{other}` is one folder too many"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(line: &str) -> anyhow::Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_every_option() {
        let options =
            parse("--seconds 600 --jobs 2 --port 0 --no-serve --only fmt --only e2e --from x.gguf out").expect("all of these exist");
        assert_eq!((options.port, options.seconds, options.jobs), (Some(0), Some(600), Some(2)));
        assert!(options.no_serve && !options.help);
        assert_eq!(options.only, ["fmt", "e2e"]);
        assert_eq!(options.folder.as_deref(), Some(std::path::Path::new("out")));
        assert_eq!(options.from.as_deref(), Some(std::path::Path::new("x.gguf")));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["--ports 1", "--port", "--seconds", "--jobs x", "--port 70000", "a b"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
