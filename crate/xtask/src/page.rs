//! Building and serving the page: it is served as soon as the CPU modules are built, and updated once the GPU module is.

use crate::options::Options;
use crate::pipeline::{News, all, is_warm, start, steps};
use crate::plan::{PAGE, PAGE_WITH_GPU};
use crate::progress::Progress;
use crate::shell::{elapsed, say};
use crate::stage::{Gpu, assemble, publish};
use crate::variant::{GPU, VARIANTS, Variant};
use crate::{paths, tools};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use unlearn_serve::Server;

pub const DEMO_HELP: &str = "usage: cargo xtask demo [--port N] [--no-serve]

Installs what is missing, builds the page into dist/ and serves it on localhost (port 8080 or the next free one), as soon as it can
be used on the CPU. WebGPU, which takes longer to compile, is built behind it; the page says when it is there. Later runs take
seconds. Ctrl-C ends it. --no-serve builds all of it, serves nothing, and ends with what each step took.";

pub const BUILD_HELP: &str = "usage: cargo xtask build

Installs what is missing and builds the whole page into dist/, ready to be served by any static file server, from any path.";

/// Runs `cargo xtask build`.
pub fn build(_: &Options) -> Result<()> {
    tools::check()?;
    let variants = shipped();
    let progress = Progress::new(&[steps(&variants), vec![PAGE]].concat(), is_warm);
    let modules = all(start(variants, &progress))?;
    progress.task(PAGE).around(|task| {
        task.works();
        publish(&assemble(&modules, Gpu::Here)?)
    })?;
    println!("{}", progress.table());
    say(format!("the page is in {}", paths::dist().display()));
    Ok(())
}

/// Runs `cargo xtask demo`.
pub fn demo(options: &Options) -> Result<()> {
    tools::check()?;
    if let Some(port) = options.port.filter(|_| !options.no_serve) {
        // Minutes before it is needed: nobody should wait for a page that cannot be shown.
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} is not free: name another, or none for one from 8080 on"))?;
    }
    let mut demo = Demo::begin();
    demo.first_page()?;
    if options.no_serve {
        demo.rest(None)?;
        println!("{}", demo.progress.table());
        return Ok(());
    }
    let server = Arc::new(Server::on_loopback(&paths::dist(), options.port)?);
    let address = server.address()?;
    say(format!("Unlearn Lab is at {address} (Ctrl-C ends it)"));
    println!("{address}");
    let shown = Arc::clone(&server);
    std::thread::spawn(move || {
        if let Err(error) = demo.rest(Some(&shown)) {
            say(format!("{error:#}"));
            say("the page goes on without WebGPU: everything on it works on the CPU");
        }
    });
    server.run()
}

/// A page that is published in two versions.
struct Demo {
    progress: Arc<Progress>,
    news: Receiver<News>,
    modules: BTreeMap<&'static str, PathBuf>,
    gpu: Gpu,
    /// Why there is no GPU module.
    failed: Option<anyhow::Error>,
}

impl Demo {
    fn begin() -> Self {
        let variants = shipped();
        let mut names = steps(&variants);
        // The page's first version is made before the GPU's steps, the second after them.
        let first = names.iter().position(|name| *name == GPU).unwrap_or(names.len());
        names.insert(first, PAGE);
        names.push(PAGE_WITH_GPU);
        let progress = Progress::new(&names, is_warm);
        Self { news: start(variants, &progress), progress, modules: BTreeMap::new(), gpu: Gpu::Coming, failed: None }
    }

    /// Waits until the page is usable, and for the GPU module too if none of its steps has anything to build.
    fn until_usable(&mut self) -> Result<()> {
        let mut gpu_takes_long = false;
        let usable = |modules: &BTreeMap<_, _>| shipped().iter().all(|variant| variant.waits || modules.contains_key(variant.name));
        while !(usable(&self.modules) && (gpu_takes_long || self.gpu != Gpu::Coming)) {
            match self.news.recv().context("the build ended early")? {
                News::Begun(name) => gpu_takes_long |= name == GPU,
                News::Done(name, module) => self.take(name, module)?,
            }
        }
        Ok(())
    }

    /// Waits until all modules are built or have failed.
    fn until_whole(&mut self) -> Result<()> {
        while self.gpu == Gpu::Coming {
            if let News::Done(name, module) = self.news.recv().context("the build ended early")? {
                self.take(name, module)?;
            }
        }
        Ok(())
    }

    /// Publishes the first version.
    fn first_page(&mut self) -> Result<()> {
        self.until_usable()?;
        self.show(PAGE, None)?;
        if self.gpu == Gpu::Coming {
            say(format!("the page can be used after {:.0} s; WebGPU follows", elapsed()));
        }
        Ok(())
    }

    /// Publishes the second version, if the first one had no WebGPU.
    fn rest(&mut self, server: Option<&Server>) -> Result<()> {
        let was = self.gpu;
        self.until_whole()?;
        if self.gpu != was {
            self.show(PAGE_WITH_GPU, server)?;
        }
        match self.failed.take() {
            Some(error) => Err(error.context("the engine for the GPU could not be built")),
            None if was == Gpu::Coming => {
                say(format!("WebGPU is there after {:.0} s: load the page again", elapsed()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Records a finished module. A failed one ends the build, except for the GPU module.
    fn take(&mut self, name: &'static str, module: Result<PathBuf>) -> Result<()> {
        match module {
            Ok(folder) => drop(self.modules.insert(name, folder)),
            Err(error) if name == GPU => self.failed = Some(error),
            Err(error) => return Err(error.context(format!("the engine module {name} could not be built"))),
        }
        if name == GPU {
            self.gpu = if self.failed.is_none() { Gpu::Here } else { Gpu::Missing };
        }
        Ok(())
    }

    /// Makes a version of the modules so far and publishes it between two answers of the server.
    fn show(&self, step: &'static str, server: Option<&Server>) -> Result<()> {
        self.progress.task(step).around(|task| {
            task.works();
            let next = assemble(&self.modules, self.gpu)?;
            match server {
                Some(server) => server.between_answers(|| publish(&next)),
                None => publish(&next),
            }
        })
    }
}

fn shipped() -> Vec<&'static Variant> {
    VARIANTS.iter().filter(|variant| variant.shipped).collect()
}

#[cfg(test)]
mod tests {
    use super::{Demo, Gpu};
    use crate::pipeline::News;
    use crate::progress::Progress;
    use anyhow::anyhow;
    use std::collections::BTreeMap;
    use std::sync::mpsc::channel;

    fn demo(news: impl IntoIterator<Item = News>) -> Demo {
        let (tell, heard) = channel();
        news.into_iter().for_each(|one| tell.send(one).expect("somebody listens"));
        Demo { progress: Progress::new(&[], |_| false), news: heard, modules: BTreeMap::new(), gpu: Gpu::Coming, failed: None }
    }

    fn done(name: &'static str) -> News {
        News::Done(name, Ok(name.into()))
    }

    fn failed(name: &'static str) -> News {
        News::Done(name, Err(anyhow!("no memory")))
    }

    #[test]
    fn the_page_comes_before_webgpu_where_that_takes_long() {
        let mut demo = demo([News::Begun("text"), done("text"), News::Begun("gpu"), done("cpu"), done("gpu")]);
        demo.until_usable().expect("both are there");
        assert_eq!((demo.gpu, demo.modules.len()), (Gpu::Coming, 2));
        demo.until_whole().expect("the third comes");
        assert_eq!((demo.gpu, demo.modules.len()), (Gpu::Here, 3));
    }

    #[test]
    fn there_is_one_version_where_nothing_is_to_be_built() {
        let mut demo = demo([done("text"), done("cpu"), done("gpu")]);
        demo.until_usable().expect("all are there");
        assert_eq!(demo.gpu, Gpu::Here);
    }

    #[test]
    fn without_webgpu_the_page_goes_on_without_the_others_there_is_none() {
        let mut without = demo([done("text"), done("cpu"), News::Begun("gpu"), failed("gpu")]);
        without.until_usable().and_then(|()| without.until_whole()).expect("the page needs no GPU");
        assert_eq!((without.gpu, without.failed.is_some()), (Gpu::Missing, true));
        let error = demo([done("text"), failed("cpu")]).until_usable().expect_err("there is no page");
        assert!(format!("{error:#}").contains("module cpu could not be built: no memory"), "{error:#}");
        assert!(demo([done("text")]).until_usable().is_err(), "a build that ended tells nothing more");
    }
}
