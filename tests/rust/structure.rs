//! Tests of the source structure, read from the imports: no circle of files or folders, the engine names no method, and every folder uses only what the
//! table of parts in ARCHITECTURE.md allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module path within a crate; empty for the crate's root.
type Module = Vec<String>;

/// The files of one crate: their module path, whether it is a `mod.rs` (or the root), and their text without comments, strings and tests.
#[derive(Default)]
struct Tree(BTreeMap<Module, (bool, String)>);

/// An import: the importing file and the imported file.
type Edge = (Module, Module);

impl Tree {
    fn read(src: &Path) -> Self {
        let mut tree = Self::default();
        let mut folders = vec![src.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of the repository") {
                let path = entry.expect("its entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let name = path.strip_prefix(src).expect("below it").with_extension("").display().to_string();
                    tree.add(&name, &fs::read_to_string(&path).expect("source is text"));
                }
            }
        }
        tree
    }

    /// Adds `folder/file` with its source.
    fn add(&mut self, name: &str, source: &str) {
        let mut module: Module = name.split('/').map(str::to_owned).collect();
        let is_mod = matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main"));
        if is_mod {
            module.pop();
        }
        self.0.insert(module, (is_mod, code_of(source)));
    }

    /// Every import of one file from another; re-exports are resolved to the file that defines the name.
    fn edges(&self) -> BTreeSet<Edge> {
        let mut reexports: BTreeMap<Module, Module> = BTreeMap::new();
        let mut imports = Vec::new();
        for (module, (is_mod, code)) in &self.0 {
            for (public, path) in paths(code) {
                let Some(path) = absolute(module, *is_mod, &path, self) else { continue };
                if public && *is_mod {
                    reexports.insert([module.clone(), path[path.len() - 1..].to_vec()].concat(), path);
                } else {
                    imports.push((module.clone(), path));
                }
            }
        }
        let mut edges = BTreeSet::new();
        for (from, mut path) in imports {
            // A name may be re-exported more than once.
            for _ in 0..4 {
                // A function of a folder may share its name with a file in it; before `::`, the file is meant.
                let is_file = |n: usize| n < path.len() && self.0.contains_key(&path[..n]);
                let handed_on = |n: &usize| reexports.contains_key(&path[..*n]) && !is_file(*n);
                let Some(n) = (1..=path.len()).rev().find(handed_on) else { break };
                path = [reexports[&path[..n]].clone(), path[n..].to_vec()].concat();
            }
            let file = (0..=path.len()).rev().map(|n| path[..n].to_vec()).find(|file| self.0.contains_key(file));
            if let Some(file) = file.filter(|file| *file != from) {
                edges.insert((from, file));
            }
        }
        edges
    }
}

/// A path as seen from the crate's root; `None` if it leads out of the crate.
fn absolute(module: &Module, is_mod: bool, path: &[String], tree: &Tree) -> Option<Module> {
    let parent = || module[..module.len().saturating_sub(1)].to_vec();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module.clone(), path[1..].to_vec()].concat()),
        "super" => {
            let n_up = path.iter().take_while(|part| *part == "super").count();
            let base = &module[..module.len().saturating_sub(n_up)];
            Some([base.to_vec(), path[n_up..].to_vec()].concat())
        }
        first => {
            let base = if is_mod { module.clone() } else { parent() };
            let child = [base.clone(), vec![first.to_owned()]].concat();
            (is_mod && tree.0.contains_key(&child)).then(|| [base, path.to_vec()].concat())
        }
    }
}

/// Source without comments, strings, and the test module at its end.
fn code_of(source: &str) -> String {
    let mut code = String::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                code.push('\n');
            }
            '"' => {
                let mut escaped = false;
                for c in chars.by_ref() {
                    match c {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
                code.push_str("\"\"");
            }
            c => code.push(c),
        }
    }
    let tests = code.find("#[cfg(test)]\nmod ").filter(|at| code[*at..].contains('{'));
    code.truncate(tests.unwrap_or(code.len()));
    code
}

/// Every path in the `use` declarations, with whether it is public, and every other path that begins with `crate::` or `super::`.
fn paths(code: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut declaration: Option<(bool, String)> = None;
    for line in code.lines() {
        let trimmed = line.trim_start();
        let public = trimmed.starts_with("pub");
        let begins = trimmed
            .strip_prefix("use ")
            .or_else(|| trimmed.split_once(" use ").filter(|(before, _)| before.starts_with("pub")).map(|(_, u)| u));
        match (&mut declaration, begins) {
            (Some((_, text)), _) => text.push_str(line),
            (None, Some(begin)) => declaration = Some((public, begin.to_owned())),
            (None, None) => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
        if let Some((public, text)) = declaration.take_if(|(_, text)| text.contains(';')) {
            let mut leaves = Vec::new();
            unfold(&[], text.split(';').next().unwrap_or_default(), &mut leaves);
            found.extend(leaves.into_iter().map(|path| (public, path)));
        }
    }
    for begin in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(begin) {
            if rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let path: String = rest[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
            found.push((false, path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()));
        }
    }
    found
}

/// Collects the leaves of a use tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn unfold(before: &[String], tree: &str, leaves: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    if let Some((head, inside)) = tree.split_once('{') {
        let head = head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
        let before: Vec<String> = before.iter().cloned().chain(head).collect();
        let (mut depth, mut part) = (0, String::new());
        for c in inside.trim_end().strip_suffix('}').unwrap_or(inside).chars() {
            match c {
                ',' if depth == 0 => unfold(&before, &std::mem::take(&mut part), leaves),
                c => {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    part.push(c);
                }
            }
        }
        unfold(&before, &part, leaves);
    } else if !tree.is_empty() {
        let name = tree.split(" as ").next().unwrap_or(tree);
        let parts = name.split("::").map(str::trim).filter(|part| *part != "self" || before.is_empty()).map(str::to_owned);
        leaves.push(before.iter().cloned().chain(parts).collect());
    }
}

/// Groups that import each other in a circle.
fn circles(edges: &BTreeSet<Edge>) -> Vec<Vec<String>> {
    let mut after: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    edges.iter().for_each(|(from, to)| {
        after.entry(from).or_default().insert(to);
    });
    // Computes what each group can reach; the tree is small enough for a simple algorithm.
    let reach = |start| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(next) = open.pop() {
            for to in after.get(next).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = after.keys().map(|from| (*from, reach(from))).collect();
    let mut groups = BTreeSet::new();
    for (from, seen) in &reached {
        if seen.contains(*from) {
            let group = seen.iter().filter(|to| reached.get(**to).is_some_and(|back| back.contains(*from)));
            groups.insert(group.map(|module| module.join("/")).collect::<Vec<_>>());
        }
    }
    groups.into_iter().collect()
}

/// What the table of parts in ARCHITECTURE.md lets each part of core use, by folder.
fn allowed(architecture: &str) -> BTreeMap<String, Vec<String>> {
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| -> Option<Vec<(String, Vec<String>)>> {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').collect();
        let parts: Vec<String> = names(cells[0]).iter().filter_map(|name| name.strip_prefix("core/").map(str::to_owned)).collect();
        let may_use = names(cells.get(2)?);
        Some(parts.into_iter().map(|part| (part, may_use.clone())).collect())
    };
    architecture.lines().filter_map(row).flatten().collect()
}

/// The part of the table that a file belongs to: the longest folder that has a row.
fn part_of(file: &Module, parts: &BTreeMap<String, Vec<String>>) -> Option<String> {
    (1..=file.len()).rev().map(|n| file[..n].join("/")).find(|name| parts.contains_key(name))
}

/// Descriptions of all imports that break a rule.
fn broken(tree: &Tree, parts: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let edges = tree.edges();
    let mut found: Vec<String> = circles(&edges).into_iter().map(|files| format!("a circle of files: {}", files.join(", "))).collect();
    let folder = |file: &Module| file.first().cloned().map(|top| vec![top]).unwrap_or_default();
    let of_folders =
        edges.iter().map(|(from, to)| (folder(from), folder(to))).filter(|(from, to)| from != to && !from.is_empty() && !to.is_empty());
    found.extend(circles(&of_folders.collect()).into_iter().map(|folders| format!("a circle of folders: {}", folders.join(", "))));
    for (from, to) in &edges {
        let (Some(part), Some(used)) = (part_of(from, parts), part_of(to, parts)) else { continue };
        if part != used && !parts[&part].contains(&used) {
            found.push(format!("{} uses {}: ARCHITECTURE.md does not let `{part}` use `{used}`", from.join("/"), to.join("/")));
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn parts() -> BTreeMap<String, Vec<String>> {
    allowed(&fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there"))
}

#[test]
fn core_keeps_the_rules_of_architecture_md() {
    let broken = broken(&Tree::read(&root().join("crate/core/src")), &parts());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_other_crate_has_a_circle_of_files() {
    for name in ["cli", "serve", "web", "xtask"] {
        let circles = circles(&Tree::read(&root().join("crate").join(name).join("src")).edges());
        assert!(circles.is_empty(), "crate/{name}: {circles:?}");
    }
}

#[test]
fn the_table_of_parts_is_that_of_the_tree() {
    let src = root().join("crate/core/src");
    let parts = parts();
    for part in parts.keys() {
        assert!(
            src.join(part).is_dir() || src.join(part).with_extension("rs").is_file(),
            "ARCHITECTURE.md has a row for `core/{part}`, which is not there"
        );
    }
    // By the files: an empty folder that a checkout leaves behind is no part.
    let names: BTreeSet<String> = Tree::read(&src).0.keys().filter_map(|module| module.first().cloned()).collect();
    for name in names.iter().filter(|name| *name != "error") {
        assert!(parts.contains_key(name), "ARCHITECTURE.md has no row for `core/{name}`");
    }
}

#[test]
fn the_rules_that_matter_most_are_in_the_table() {
    let parts = parts();
    for (part, never) in [
        ("unlearn/engine", "unlearn/methods"),
        ("model", "unlearn"),
        ("package", "train"),
        ("package", "session"),
        ("metric", "report"),
        ("tensor", "model"),
        ("host", "train"),
    ] {
        assert!(!parts[part].iter().any(|used| used == never || used.starts_with(&format!("{never}/"))), "`{part}` may use `{never}`");
    }
}

/// Breaks every rule once on an invented tree, to show that the checks can fail.
#[test]
fn broken_rules_are_found() {
    let parts = BTreeMap::from([
        ("model".to_owned(), vec![]),
        ("unlearn/engine".to_owned(), vec!["model".to_owned()]),
        ("unlearn/methods".to_owned(), vec!["unlearn/engine".to_owned()]),
    ]);
    let of = |files: &[(&str, &str)]| {
        let mut tree = Tree::default();
        files.iter().for_each(|(name, source)| tree.add(name, source));
        broken(&tree, &parts)
    };
    let fine = [
        ("model/mod", "mod a;\npub use a::A;"),
        ("model/a", "pub struct A; // use crate::unlearn::engine::run;\n"),
        ("unlearn/engine/run", "use crate::model::A;\n#[cfg(test)]\nmod tests {\n    use crate::unlearn::methods::x;\n}"),
        ("unlearn/methods/x", "use crate::unlearn::engine::run::{\n    self, y::{z, w},\n};"),
    ];
    assert_eq!(of(&fine), [""; 0]);
    let with = |extra: (&'static str, &'static str)| of(&[&fine[..], &[extra]].concat());
    let names = |extra, what: &str| with(extra).iter().any(|line| line.contains(what));
    assert!(names(
        ("unlearn/engine/plan", "use crate::unlearn::methods::x::ENTRY;"),
        "does not let `unlearn/engine` use `unlearn/methods`"
    ));
    assert!(names(("model/b", "fn f() { crate::unlearn::engine::run::g() }"), "does not let `model` use `unlearn/engine`"));
    assert!(names(("model/b", "fn f() { crate::unlearn::engine::run::g() }"), "a circle of folders: model, unlearn"));
    assert!(with(("model/b", "use super::b::c;")).is_empty());
    assert!(
        of(&[("m/a", "use super::b;"), ("m/b", "use super::c::{d, e};"), ("m/c", "use crate::m::a as other;")])[0]
            .contains("m/a, m/b, m/c")
    );
    // Through a re-export, the file that defines the name counts, not the one that re-exports it.
    assert!(of(&[("m/mod", "mod a;\nmod b;\npub use a::A;\npub use b::B;"), ("m/a", "use super::B;"), ("m/b", "")]).is_empty());
    assert!(
        of(&[("m/mod", "mod a;\nmod b;\npub use a::A;\npub use b::B;"), ("m/a", "use super::B;"), ("m/b", "use crate::m::A;")])[0]
            .contains("m/a, m/b")
    );
}
