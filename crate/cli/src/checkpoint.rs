//! The folder for a run's checkpoints: read before the run, written during the run, emptied after it. Only one run at a time may have it.

use crate::io;
use crate::usage::told;
use anyhow::{Context, Result, bail};
use std::fmt::{Display, Formatter};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use unlearn_core::host::Files;
use unlearn_core::unlearn::engine::checkpoint::{FILES, STUDENT};

/// A checkpoint folder, with the files that could not be written yet.
pub struct CheckpointFolder {
    folder: PathBuf,
    every: u32,
    /// Files that the run hands over only once stay here until they are written.
    unwritten: Files,
    is_failing: bool,
    /// Held as long as the run has the folder; the system gives it back when the process ends, however it ends.
    _lock: Option<File>,
}

impl CheckpointFolder {
    /// Opens the folder for a checkpoint every `every` steps, creating it if necessary.
    ///
    /// # Errors
    /// If the folder is not writable, or another run has it. It is better to report this before a long run than during it.
    pub fn open(folder: &Path, every: u32) -> Result<Self> {
        let trial = folder.join(format!(".trial.{}", std::process::id()));
        fs::create_dir_all(folder)
            .map_err(anyhow::Error::from)
            .and_then(|()| io::write(&trial, &[]))
            .and_then(|()| Ok(fs::remove_file(&trial)?))
            .with_context(|| format!("checkpoint: must be a folder that can be written, got {}", folder.display()))?;
        let lock = lock(folder)?;
        Ok(Self { folder: folder.to_owned(), every, unwritten: Files::new(), is_failing: false, _lock: lock })
    }

    /// Steps between two checkpoints.
    pub fn every(&self) -> u32 {
        self.every
    }

    /// The files of the existing checkpoint; empty if there is none.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(&self) -> Result<Files> {
        self.there().map(|(name, path)| Ok((name.to_owned(), io::read(&path)?))).collect()
    }

    /// Writes a checkpoint. A failed write does not end the run: the next checkpoint tries again, together with the files of this one that it does not
    /// replace. Returns a message to show at the first of several failures in a row, and when writing works again.
    pub fn keep(&mut self, step: u32, files: Files) -> Option<String> {
        self.unwritten.extend(files);
        let was_failing = self.is_failing;
        match io::write_files(&self.folder, &self.unwritten, STUDENT) {
            Ok(()) => {
                self.unwritten.clear();
                self.is_failing = false;
                was_failing.then(|| format!("the checkpoint at step {step} is written again"))
            }
            Err(error) => {
                self.is_failing = true;
                (!was_failing).then(|| {
                    format!("no checkpoint at step {step}: {}. The run goes on, and the next checkpoint tries again.", told(&error))
                })
            }
        }
    }

    /// Removes the checkpoint of a finished run.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn clear(&self) -> Result<()> {
        self.there().try_for_each(|(_, path)| fs::remove_file(&path).with_context(|| format!("removing {}", path.display())))
    }

    fn there(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        FILES.into_iter().map(|name| (name, self.folder.join(name))).filter(|(_, path)| path.is_file())
    }
}

/// Takes the folder for this process.
///
/// # Errors
/// If another process has it.
fn lock(folder: &Path) -> Result<Option<File>> {
    // Unix can lock the folder itself, so nothing is left in it; elsewhere a file in it is locked.
    let lock = if cfg!(unix) { File::open(folder) } else { File::create(folder.join(".lock")) };
    let Ok(lock) = lock else { return Ok(None) };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => {
            bail!("checkpoint: {} is in use by another run that has not ended: wait for its end, or name another folder", folder.display())
        }
        // Some network file systems have no locks; the run is no worse off than it was.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

impl Display for CheckpointFolder {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.folder.display().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unlearn_core::unlearn::engine::checkpoint::TARGETS;

    #[test]
    fn a_failure_is_told_once_and_made_good_later() {
        let folder = std::env::temp_dir().join(format!("unlearn-checkpoint-{}", std::process::id()));
        let mut kept = CheckpointFolder::open(&folder, 5).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "the trial leaves nothing");
        // A regular file in place of the folder makes every write fail, whatever the user's permissions.
        fs::remove_dir(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        let files = |names: &[&str], byte| names.iter().map(|name| ((*name).to_owned(), vec![byte])).collect::<Files>();
        let told = kept.keep(5, files(&[TARGETS, STUDENT], 1)).unwrap();
        assert!(told.starts_with("no checkpoint at step 5: ") && told.contains(&*folder.to_string_lossy()), "{told}");
        assert_eq!(kept.keep(10, files(&[STUDENT], 2)), None, "once");
        fs::remove_file(&folder).unwrap();
        assert_eq!(kept.keep(15, files(&[STUDENT], 3)).unwrap(), "the checkpoint at step 15 is written again");
        assert_eq!(kept.read().unwrap(), Files::from([(TARGETS.into(), vec![1]), (STUDENT.into(), vec![3])]));
        assert_eq!(kept.keep(20, files(&[STUDENT], 4)), None);
        kept.clear().unwrap();
        assert!(kept.read().unwrap().is_empty());
        fs::remove_dir(folder).unwrap();
    }

    #[test]
    fn one_run_at_a_time_has_the_folder() {
        let folder = std::env::temp_dir().join(format!("unlearn-checkpoint-lock-{}", std::process::id()));
        let first = CheckpointFolder::open(&folder, 5).unwrap();
        let refused = CheckpointFolder::open(&folder, 5).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("is in use by another run") && refused.contains(&*folder.to_string_lossy()), "{refused}");
        drop(first);
        CheckpointFolder::open(&folder, 5).unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
