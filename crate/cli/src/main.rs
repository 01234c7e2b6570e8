//! The command-line program `unlearn`. Results go to stdout, progress and messages to stderr.

mod args;
mod checkpoint;
mod clock;
mod cmd;
mod figures;
mod host;
mod io;
mod report;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
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
}

#[derive(Subcommand)]
enum Command {
    Prepare(cmd::prepare::Args),
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
        .mut_subcommand("attack", |attack| attack.after_long_help(cmd::attack::help()));
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    let done = host::Terminal::new(cli.quiet).and_then(|mut host| {
        pollster::block_on(async {
            match &cli.command {
                Command::Prepare(args) => cmd::prepare::run(args),
                Command::Train(args) => cmd::train::run(args, &mut host).await,
                Command::Forget(args) => cmd::forget::run(args, &mut host).await,
                Command::Attack(args) => cmd::attack::run(args, &mut host).await,
                Command::Recommend(args) => cmd::recommend::run(args, &mut host).await,
                Command::Explain(args) => cmd::explain::run(args).await,
                Command::Compare(args) => cmd::compare::run(args, &mut host).await,
                Command::Import(args) => cmd::import::run(args),
                Command::Export(args) => cmd::export::run(args),
                Command::Merge(args) => cmd::merge::run(args).await,
                Command::Measure(args) => cmd::measure::run(args, &mut host).await,
                Command::Verify(args) => cmd::verify::run(args),
                Command::Bench(args) => cmd::bench::run(args, &mut host).await,
                Command::Serve(args) => cmd::serve::run(args, &host),
                Command::Tables(args) => cmd::tables::run(args),
                Command::Cell(args) => cmd::compare::cell::run(args, &mut host).await,
            }
        })
    });
    let Err(error) = done else { return ExitCode::SUCCESS };
    eprintln!("error: {error:#}");
    if error.chain().any(|cause| matches!(cause.downcast_ref::<Error>(), Some(Error::Cancelled))) {
        ExitCode::from(host::CANCELLED)
    } else if error.is::<args::Usage>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
