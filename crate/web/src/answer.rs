//! The session's answers to commands. Separate from the worker, so that any message can be tested without one.

use crate::files::{NamedBytes, named, sources};
use crate::protocol::{Command, Reply};
use crate::views;
use unlearn_core::host::Host;
use unlearn_core::session::Session;
use unlearn_core::{Error, Result, record};

/// Carries out a command that needs a session.
///
/// # Errors
/// If the session lacks what the command needs, the device fails or the host cancels; or if the command creates a session, which is the engine's
/// task.
pub async fn answer(session: &mut Session, command: Command, host: &mut dyn Host) -> Result<Reply> {
    match command {
        Command::Start | Command::Load { .. } | Command::Look { .. } | Command::Train { .. } | Command::Teach { .. } => {
            Err(Error::setting("command", "must be one to a session", "one to the engine"))
        }
        #[cfg(feature = "text")]
        Command::Cases | Command::Conform { .. } | Command::Product { .. } | Command::Lose => {
            Err(Error::setting("command", "must be one to a session", "one to the engine"))
        }
        Command::AddRetrain { bytes } => {
            session.add_retrain(&bytes)?;
            Ok(Reply::Done)
        }
        Command::AddCrossFit { bytes } => {
            session.add_cross_fit(&bytes)?;
            Ok(Reply::Done)
        }
        Command::Shelf { files, spec } => views::shelf(session, &sources(files), &spec),
        Command::User { user } => views::user(session, user, host).await,
        Command::Select { request } => views::selection(session, &request),
        Command::Items { query, limit } => Ok(views::items(session, &query, limit)),
        Command::Recommend { user, k } => views::recommend(session, user, k, host).await,
        Command::Run { request, resume, checkpoint_every: _ } => {
            let report = match resume.is_empty() {
                true => session.run(&request, host).await?,
                false => session.resume(&request, &named(resume), host).await?,
            };
            Ok(Reply::Report { report: Box::new(report) })
        }
        Command::Retrain { forget, seed } => Ok(Reply::Report { report: Box::new(session.retrain(&forget, seed, host).await?) }),
        Command::Explain { user, item } => views::prompt(session, user, item).await,
        Command::Adapter => {
            let files = session.adapter().await?;
            Ok(Reply::Adapter { files: files.into_iter().map(|(name, bytes)| NamedBytes { name, bytes }).collect() })
        }
        Command::Record { made } => {
            let record = session.record(&made)?;
            let files = [("report.json", record::json(&record)?), ("report.html", record::html(&record))];
            Ok(Reply::Record { files: files.map(|(name, text)| NamedBytes { name: name.into(), bytes: text.into_bytes() }).into() })
        }
        Command::AttackTable { request } => views::attacks(session, &request),
        Command::Attack { request } => {
            let report = session.attacks(&request, host).await?;
            session.keep_findings(&report);
            Ok(Reply::Attacks { report: Box::new(report) })
        }
        Command::Reset => {
            session.reset();
            Ok(Reply::Done)
        }
    }
}
