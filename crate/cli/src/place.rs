//! Where a path leads: its links followed, also where nothing is there yet, so that two spellings of one place are known to be one.

use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};

/// Largest number of links that lead to each other; the system's own limit is 40 too.
const MAX_LINKS: usize = 40;

/// The absolute path that links and `..` lead to. The part that is not there yet is kept as it is written.
pub fn resolve(path: &Path) -> PathBuf {
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..MAX_LINKS {
        if let Ok(found) = path.canonicalize() {
            return found;
        }
        // A link to what is not there yet.
        let Ok(to) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| to.clone(), |folder| folder.join(&to));
    }
    let last = path.components().next_back();
    match (path.parent(), last) {
        (Some(folder), Some(Component::Normal(name))) => resolve(folder).join(name),
        (Some(folder), Some(Component::ParentDir)) => resolve(folder).parent().map_or_else(|| folder.to_owned(), Path::to_owned),
        _ => path,
    }
}

/// Whether two paths lead to one file or folder, by links, by another spelling or as two names of one file.
pub fn is_same(a: &Path, b: &Path) -> bool {
    resolve(a) == resolve(b) || matches!((id(a), id(b)), (Some(a), Some(b)) if a == b)
}

/// Whether a place is a folder or lies in it.
pub fn lies_in(inner: &Path, folder: &Path) -> bool {
    resolve(inner).ancestors().any(|above| is_same(above, folder))
}

fn id(path: &Path) -> Option<(u64, u64)> {
    id_of(&fs::metadata(path).ok()?)
}

/// Device and number of a file, which all its names share; `None` where the system does not tell.
#[cfg(unix)]
pub fn id_of(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

/// Device and number of a file, which all its names share; `None` where the system does not tell.
#[cfg(not(unix))]
pub fn id_of(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn one_place_has_many_spellings() {
        let root = std::env::temp_dir().join(format!("unlearn-place-{}", std::process::id()));
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/file"), "").unwrap();
        symlink("a", root.join("link")).unwrap();
        symlink("a/later", root.join("dangling")).unwrap();
        fs::hard_link(root.join("a/file"), root.join("other")).unwrap();
        let at = |name: &str| root.join(name);
        for (one, other) in [
            ("a", "link/"),
            ("a", "a/b/.."),
            ("a", "link/b/../."),
            ("a/file", "other"),
            ("a/new", "link/new"),
            ("a/new", "a/none/../new"),
            ("a/later", "dangling"),
            ("a/later/x", "dangling/x"),
        ] {
            assert!(is_same(&at(one), &at(other)), "{one} {other}: {:?} {:?}", resolve(&at(one)), resolve(&at(other)));
        }
        for (inner, folder) in [("a", "link"), ("link/b/new/x", "a"), ("dangling", "a"), ("a/b/../b", "a/b")] {
            assert!(lies_in(&at(inner), &at(folder)), "{inner} {folder}");
        }
        assert!(!is_same(&at("a/new"), &at("a/other")) && !lies_in(&at("a"), &at("a/b")) && !lies_in(&at("ab"), &at("a")));
        fs::remove_dir_all(root).unwrap();
    }
}
