//! `unlearn explain`: the prompt that a model reads for a user and an item, and its attention to each token.

use crate::args::Source;
use crate::id::{Id, called};
use crate::io;
use crate::usage::asked;
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use unlearn_core::session::{Explanation, Item};

/// Show the prompt that asks whether a user likes an item, token by token, with the last block's attention and p(Yes).
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn explain --user 414 --item 2571
  unlearn explain --user 414 --item 2571 --adapter adapter --json

Attention shows where the last block reads, not why it answers so.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// The user, by number or, where the data have words, by word.
    #[arg(long, value_name = "U")]
    user: Id,
    /// The item, named in the same way.
    #[arg(long, value_name = "I")]
    item: Id,
    /// An adapter in PEFT's layout, as `unlearn forget --adapter-out` writes it: its reading is shown beside the original's.
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The JSON output.
#[derive(Serialize)]
struct Answer {
    user: u32,
    item: Item,
    before: Explanation,
    after: Option<Explanation>,
}

/// Runs the command.
pub async fn run(args: &Args) -> Result<()> {
    let session = args.source.load_with(args.adapter.as_deref())?;
    let user = args.user.number("user", Some(&session.dataset.user_names))?;
    let item = args.item.number("item", Some(&session.dataset.item_names))?;
    let (before, after) = session.explain_item(user, item).await.map_err(asked)?;
    let answer = Answer { user, item: session.item(item), before, after };
    io::answer(&answer, args.json, None, || text(&answer, &called(&session, user)))
}

fn text(answer: &Answer, user: &str) -> String {
    let p = |explanation: &Explanation| format!("{:.1} %", 100.0 * explanation.p_yes);
    let mut text = format!("Does {user} like {}? p(Yes) {}", answer.item.title, p(&answer.before));
    if let Some(after) = &answer.after {
        let _ = write!(text, ", with the adapter {}", p(after));
    }
    text.push_str("\n\nattention");
    text.push_str(if answer.after.is_some() { "  adapter  token\n" } else { "  token\n" });
    for (at, token) in answer.before.tokens.iter().enumerate() {
        let _ = write!(text, "{:7.1} %", 100.0 * token.attention);
        if let Some(after) = answer.after.as_ref().and_then(|after| after.tokens.get(at)) {
            let _ = write!(text, "{:7.1} %", 100.0 * after.attention);
        }
        let _ = writeln!(text, "  {}", token.text.replace('\n', "⏎"));
    }
    text.trim_end().to_owned()
}
