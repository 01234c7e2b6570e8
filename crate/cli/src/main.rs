//! The command-line program `unlearn`. Results go to stdout, progress and messages to stderr.

mod adapter;
mod args;
mod checkpoint;
mod clock;
mod cmd;
mod console;
mod figures;
mod host;
mod id;
mod io;
mod place;
mod read_args;
mod report;
mod stored;
mod targets;
mod threads;
mod usage;
mod write;

use clap::error::ContextKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::error::Error as _;
use std::num::ParseIntError;
use std::process::ExitCode;
use unlearn_core::Error;

/// Unlearn Lab: makes a recommendation model forget, and measures what it forgot and what that cost.
#[derive(Parser)]
#[command(name = "unlearn", version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled by Ctrl-C.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// No progress on stderr (also where stderr is not a terminal).
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Threads that share a run, its figures and attacks, and the models of a cross-fit [default: one for each processor, at most 4]. Their number changes no bit of a result.
    #[arg(long, global = true, value_name = "N", value_parser = args::at_least_one)]
    threads: Option<usize>,
}

#[derive(Subcommand)]
enum Command {
    Prepare(cmd::prepare::Args),
    Titles(cmd::titles::Args),
    Train(cmd::train::Args),
    Forget(cmd::forget::Args),
    Attack(cmd::attack::Args),
    Recommend(cmd::recommend::Args),
    Explain(cmd::explain::Args),
    Compare(cmd::compare::Args),
    Import(cmd::import::Args),
    Export(cmd::export::Args),
    Merge(cmd::merge::Args),
    Measure(cmd::measure::Args),
    Spam(cmd::spam::Args),
    Teach(cmd::teach::Args),
    Verify(cmd::verify::Args),
    Bench(cmd::bench::Args),
    Serve(cmd::serve::Args),
    #[command(hide = true)]
    Tables(cmd::tables::Args),
    #[command(hide = true)]
    Cell(cmd::compare::cell::Args),
}

fn main() -> ExitCode {
    let command = Cli::command()
        .mut_subcommand("forget", |forget| forget.after_long_help(args::methods_help(cmd::forget::EXAMPLES)))
        .mut_subcommand("attack", |attack| attack.after_long_help(cmd::attack::help()))
        // So that `--user -1` is a number that is out of range, not a flag that nobody knows.
        .mut_subcommands(|command| {
            command.mut_args(|arg| if arg.get_action().takes_values() { arg.allow_negative_numbers(true) } else { arg })
        });
    let matches = match command.try_get_matches() {
        Ok(matches) => matches,
        Err(shown) => return show(&shown),
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Err(error) = console::must_be_open() {
        return fail(&error);
    }
    let done = host::Terminal::new(cli.quiet, cli.threads.unwrap_or_else(threads::suited)).and_then(|mut host| {
        pollster::block_on(async {
            match &cli.command {
                Command::Prepare(args) => cmd::prepare::run(args),
                Command::Titles(args) => cmd::titles::run(args, &mut host).await,
                Command::Train(args) => cmd::train::run(args, &mut host).await,
                Command::Forget(args) => cmd::forget::run(args, &mut host).await,
                Command::Attack(args) => cmd::attack::run(args, &mut host).await,
                Command::Recommend(args) => cmd::recommend::run(args, &mut host).await,
                Command::Explain(args) => cmd::explain::run(args).await,
                Command::Compare(args) => cmd::compare::run(args, &mut host).await,
                Command::Import(args) => cmd::import::run(args),
                Command::Export(args) => cmd::export::run(args),
                Command::Merge(args) => cmd::merge::run(args),
                Command::Measure(args) => cmd::measure::run(args, &mut host).await,
                Command::Spam(args) => cmd::spam::run(args, &mut host).await,
                Command::Teach(args) => cmd::teach::run(args, &mut host).await,
                Command::Verify(args) => cmd::verify::run(args),
                Command::Bench(args) => cmd::bench::run(args, &mut host).await,
                Command::Serve(args) => cmd::serve::run(args, &host),
                Command::Tables(args) => cmd::tables::run(args),
                Command::Cell(args) => cmd::compare::cell::run(args, &mut host).await,
            }
        })
    });
    done.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

/// Shows the help, the version, or what is wrong with the arguments.
fn show(shown: &clap::Error) -> ExitCode {
    let context = |kind| shown.get(kind).map(ToString::to_string).unwrap_or_default();
    if shown.source().is_some_and(|cause| cause.is::<ParseIntError>()) {
        // The parser's own words, "invalid digit found in string", do not say what is allowed.
        let (flag, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
        return fail(&usage::wrong(format!("{flag}: must be a whole number, got `{value}`")));
    }
    match shown.print() {
        Err(error) if !shown.use_stderr() && error.kind() != std::io::ErrorKind::BrokenPipe => {
            fail(&anyhow::Error::from(error).context("writing to standard output"))
        }
        _ => ExitCode::from(u8::try_from(shown.exit_code()).unwrap_or(1)),
    }
}

/// Says what went wrong; the exit code of it.
fn fail(error: &anyhow::Error) -> ExitCode {
    console::tell(&format!("error: {}", usage::told(error)));
    if error.chain().any(|cause| matches!(cause.downcast_ref::<Error>(), Some(Error::Cancelled))) {
        ExitCode::from(host::CANCELLED)
    } else if error.is::<usage::Usage>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
