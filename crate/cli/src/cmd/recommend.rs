//! `unlearn recommend`: a user's recommendations, before and after an adapter is applied.

use crate::args::Source;
use crate::host::Terminal;
use crate::id::{Id, called};
use crate::io;
use crate::threads::together;
use crate::usage::asked;
use anyhow::Result;
use std::fmt::Write;
use std::path::PathBuf;
use unlearn_core::session::{Recommendation, Recommendations};

/// List the items that a user has not rated and that the model would most likely recommend.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn recommend --user 414
  unlearn recommend --user 414 --k 20 --json
  unlearn forget --user 414 --adapter-out adapter && unlearn recommend --user 414 --adapter adapter

The user's own ratings stay in the prompt: a list for somebody who was forgotten is still a list for what they rated.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// The user, by number or, where the data have words, by word.
    #[arg(long, value_name = "U")]
    user: Id,
    /// How many items.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    k: u32,
    /// An adapter in PEFT's layout, as `unlearn forget --adapter-out` writes it: its list is shown beside the original's.
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let mut session = args.source.load_with(args.adapter.as_deref())?;
    let user = args.user.number("user", Some(&session.dataset.user_names))?;
    let found = together(&mut session, host, async |session, host| session.recommend(user, args.k, host).await).map_err(asked)?;
    io::answer(&found, args.json, None, || text(&found, &called(&session, user)))
}

fn text(found: &Recommendations, user: &str) -> String {
    let mut text = format!("Recommendations for {user}, of {} items compared\n", found.n_compared);
    let lists = [("original", Some(&found.before)), ("with the adapter", found.after.as_ref())];
    let n_lists = lists.iter().flat_map(|(_, list)| list).count();
    for (name, list) in lists {
        let Some(list) = list else { continue };
        if n_lists > 1 {
            let _ = write!(text, "\n{name}:\n");
        }
        for entry in list {
            let _ = writeln!(text, "{:4}  {:5.1} %  {}{}", entry.rank, 100.0 * entry.p_yes, entry.item.title, moved(entry));
        }
    }
    text.trim_end().to_owned()
}

/// The rank in the other list, if it differs.
fn moved(entry: &Recommendation) -> String {
    entry.other_rank.filter(|other| *other != entry.rank).map_or_else(String::new, |other| format!("  (rank {other} in the other list)"))
}
