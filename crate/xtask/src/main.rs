//! The program behind `cargo xtask`: all tasks of this repository, on a machine that has only rustup, Node 20 and apt.

mod apt;
mod audit;
mod bench;
mod cargo;
mod cargo_tool;
mod chromium;
mod claim;
mod compile;
mod finish;
mod fuzz;
mod inputs;
mod matrix;
mod models;
mod options;
mod page;
mod paths;
mod pipeline;
mod plan;
mod progress;
mod remap;
mod reproduce;
mod serve;
mod shell;
mod soak;
mod stage;
mod test;
mod tools;
mod trunk;
mod variant;
mod wasm;

use options::Options;
use std::process::ExitCode;

/// A subcommand: its name, its line in the overview, its help text, and its function.
struct Command {
    name: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(&Options) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        summary: "install what is missing, build the page and serve it on localhost as soon as it can be used",
        help: page::DEMO_HELP,
        run: page::demo,
    },
    Command { name: "test", summary: "every check: format, lints, Rust, types, page, browser", help: test::HELP, run: test::test },
    Command {
        name: "ci",
        summary: "what continuous integration runs: the machine's description, then `test`",
        help: test::CI_HELP,
        run: test::ci,
    },
    Command { name: "build", summary: "the page into dist/", help: page::BUILD_HELP, run: page::build },
    Command { name: "tools", summary: "install the tools that the other commands need", help: tools::HELP, run: tools::command },
    Command { name: "bench", summary: "measure speed and size, write bench/README.md", help: bench::HELP, run: bench::bench },
    Command { name: "soak", summary: "thousands of steps and cancelled runs: does anything leak?", help: soak::HELP, run: soak::soak },
    Command { name: "reproduce", summary: "build twice in two places, compare every byte", help: reproduce::HELP, run: reproduce::command },
    Command {
        name: "matrix",
        summary: "the page and every operation in several browsers, write docs/compatibility.md",
        help: matrix::HELP,
        run: matrix::matrix,
    },
    Command { name: "models", summary: "get a language model and import it into models/", help: models::HELP, run: models::command },
    Command {
        name: "fuzz",
        summary: "feed every parser with damaged input, write tests/fuzz/README.md",
        help: fuzz::HELP,
        run: fuzz::fuzz,
    },
    Command { name: "audit", summary: "licences and known faults of what is depended on", help: audit::HELP, run: audit::audit },
    Command { name: "serve", summary: "serve dist/ as it is", help: serve::HELP, run: serve::command },
    Command { name: "wasm", summary: "the engine modules into a folder (Trunk's hook calls this)", help: wasm::HELP, run: wasm::command },
];

fn main() -> ExitCode {
    // The first call starts the clock.
    shell::elapsed();
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let asked = matches!(name.as_str(), "" | "help" | "-h" | "--help");
        if !asked {
            eprintln!("xtask: no command `{name}`; these exist:\n");
        }
        println!("{}", overview());
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    let options = match Options::parse(args) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}; see `cargo xtask {name} --help`");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{}", command.help);
        return ExitCode::SUCCESS;
    }
    match claim::claim().and_then(|()| (command.run)(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn overview() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [OPTIONS]\n\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<11}{}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` tells more. Tools and build outputs go to $UNLEARN_LAB_CACHE, or unlearn-lab in the\nuser's cache folder; the target directory is CARGO_TARGET_DIR where that is set.");
    text
}
