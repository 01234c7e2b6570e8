//! The build pipeline of the engine modules. Modules are compiled one after the other; tools are installed meanwhile, and the second half of a
//! module runs in parallel with the first half of the next.

use crate::progress::Progress;
use crate::shell::say;
use crate::variant::{VARIANTS, Variant};
use crate::{compile, finish, tools};
use anyhow::{Result, anyhow, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// A message about a module.
pub enum News {
    /// The module is not available yet and takes a while.
    Begun(&'static str),
    /// The folder with the finished module, or an error.
    Done(&'static str, Result<PathBuf>),
}

/// The names of the plan's steps for these modules.
pub fn steps(variants: &[&'static Variant]) -> Vec<&'static str> {
    ["packages", "bindgen"].into_iter().chain(variants.iter().flat_map(|variant| variant.steps)).collect()
}

/// Whether the dependencies of a step's module were compiled before.
pub fn is_warm(step: &str) -> bool {
    VARIANTS.iter().any(|variant| variant.steps[0] == step && variant.raw().is_file())
}

/// Starts to build modules. If cargo fails on one, the later ones are not tried and the channel closes.
pub fn start(variants: Vec<&'static Variant>, progress: &Arc<Progress>) -> Receiver<News> {
    let (tell, news) = channel();
    let tools = Arc::new(Tools::start(progress));
    let progress = Arc::clone(progress);
    thread::spawn(move || {
        for variant in variants {
            let begun = || drop(tell.send(News::Begun(variant.name)));
            let raw = progress.task(variant.steps[0]).around(|task| compile::compile(variant, task, begun));
            let raw = match raw {
                Ok(raw) => raw,
                Err(error) => return drop(tell.send(News::Done(variant.name, Err(error)))),
            };
            // Runs while the next module is compiled, and in parallel with the second half of the previous one.
            let (tell, tools, task) = (tell.clone(), Arc::clone(&tools), progress.task(variant.steps[1]));
            thread::spawn(move || {
                let begun = || drop(tell.send(News::Begun(variant.name)));
                // Also waits for the page's packages, even if nothing is to be done here.
                let module = tools.bindgen().and_then(|bindgen| task.around(|task| finish::finish(variant, &raw, task, &bindgen, begun)));
                // Nobody receives any more once the command has ended.
                drop(tell.send(News::Done(variant.name, module)));
            });
        }
    });
    news
}

/// The tools that the second halves wait for.
struct Tools(Mutex<Waited>);

enum Waited {
    Not(Option<JoinHandle<Result<PathBuf>>>),
    Done(std::result::Result<PathBuf, String>),
}

impl Tools {
    fn start(progress: &Arc<Progress>) -> Self {
        let progress = Arc::clone(progress);
        let work = move || {
            // Reported at once, since a module's second half asks for it only minutes later.
            tools::for_modules(&progress).inspect_err(|error| say(format!("{error:#}")))
        };
        Self(Mutex::new(Waited::Not(Some(thread::spawn(work)))))
    }

    /// Waits for all tools and returns the program that writes a module's JavaScript.
    fn bindgen(&self) -> Result<PathBuf> {
        let mut waited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Waited::Not(thread) = &mut *waited {
            let outcome = match thread.take().map(JoinHandle::join) {
                Some(Ok(outcome)) => outcome.map_err(|error| format!("{error:#}")),
                _ => Err("the thread that installs tools ended early".to_owned()),
            };
            *waited = Waited::Done(outcome);
        }
        match &*waited {
            Waited::Done(Ok(path)) => Ok(path.clone()),
            Waited::Done(Err(error)) => Err(anyhow!(error.clone())),
            Waited::Not(_) => bail!("tools were waited for, and are not there"),
        }
    }
}

/// Waits for every module.
pub fn all(news: Receiver<News>) -> Result<BTreeMap<&'static str, PathBuf>> {
    let mut modules = BTreeMap::new();
    for one in news {
        if let News::Done(name, module) = one {
            modules.insert(name, module?);
        }
    }
    Ok(modules)
}
