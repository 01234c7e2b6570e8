//! What a loaded lab answers to a command. Apart from the worker around it, so that any message can be tried without one.

use crate::files::{NamedBytes, named};
use crate::protocol::{Command, Reply};
use crate::views;
use unlearn_core::lab::Lab;
use unlearn_core::record;
use unlearn_core::train::host::Host;
use unlearn_core::{Error, Result};

/// Carries out a command that needs a lab.
///
/// # Errors
/// If it asks for what the lab has not, the device fails or the host cancels; or if it makes a lab, which is the engine's work.
pub async fn answer<H: Host>(lab: &mut Lab, command: Command, host: &mut H) -> Result<Reply> {
    match command {
        Command::Start | Command::Load { .. } | Command::Train { .. } => {
            Err(Error::setting("command", "must be one to a lab", "one to the engine"))
        }
        #[cfg(feature = "text")]
        Command::Cases | Command::Conform { .. } | Command::Product { .. } | Command::Lose => {
            Err(Error::setting("command", "must be one to a lab", "one to the engine"))
        }
        Command::AddRetrain { bytes } => {
            lab.add_retrain(&bytes)?;
            Ok(Reply::Done)
        }
        Command::User { user } => views::user(lab, user, host).await,
        Command::Select { request } => views::selection(lab, &request),
        Command::Items { query, limit } => Ok(views::items(lab, &query, limit)),
        Command::Recommend { user, k } => views::recommend(lab, user, k, host).await,
        Command::Run { request, resume, checkpoint_every: _ } => {
            let report = match resume.is_empty() {
                true => lab.run(&request, host).await?,
                false => lab.resume(&request, &named(resume), host).await?,
            };
            Ok(Reply::Report { report: Box::new(report) })
        }
        Command::Retrain { forget, seed } => Ok(Reply::Report { report: Box::new(lab.retrain(&forget, seed, host).await?) }),
        Command::Explain { user, item } => views::prompt(lab, user, item).await,
        Command::Adapter => {
            let files = lab.adapter().await?;
            Ok(Reply::Adapter { files: files.into_iter().map(|(name, bytes)| NamedBytes { name, bytes }).collect() })
        }
        Command::Record { made } => {
            let record = lab.record(&made)?;
            let files = [("report.json", record::json(&record)?), ("report.html", record::html(&record))];
            Ok(Reply::Record { files: files.map(|(name, text)| NamedBytes { name: name.into(), bytes: text.into_bytes() }).into() })
        }
        Command::AttackTable { request } => views::attacks(lab, &request),
        Command::Attack { request } => {
            let report = lab.attacks(&request, host).await?;
            lab.keep_findings(&report);
            Ok(Reply::Attacks { report: Box::new(report) })
        }
        Command::Reset => {
            lab.reset();
            Ok(Reply::Done)
        }
    }
}
