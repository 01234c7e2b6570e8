//! Tests of `unlearn compare`: plans, run folders, resuming after a kill, and the files it writes.

use super::{Folder, json, small_data, text, unlearn};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Trains a model on the small data set and writes a plan next to it. `plan` follows the `[[data]]` table in the file, `top` precedes it.
fn prepared(folder: &Folder, top: &str, plan: &str) -> String {
    let (data, model) = (small_data(folder), folder.at("model"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
    write_plan(folder, top, plan)
}

fn write_plan(folder: &Folder, top: &str, plan: &str) -> String {
    let path = folder.at("plan.toml");
    std::fs::write(&path, format!("{top}\n[[data]]\nmodel = \"model\"\nfiles = [\"data\"]\n{plan}"))
        .expect("the temporary folder can be written");
    path
}

const ONE: &str = "[[forget]]\nstandard = true\n[[method]]\nid = \"e2urec\"\n";

/// Finished cells with the time at which each was written.
fn cells(out: &str) -> BTreeMap<PathBuf, SystemTime> {
    let Ok(listing) = std::fs::read_dir(Path::new(out).join("cells")) else { return BTreeMap::new() };
    let finished = listing.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ext| ext == "json"));
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    finished.filter(|path| !hidden(path)).filter_map(|path| Some((path.clone(), path.metadata().ok()?.modified().ok()?))).collect()
}

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unlearn"));
    command.args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program was built with this test")
}

/// Waits for the first finished cell of a run.
fn first_cell(child: &mut Child, out: &str) {
    let start = Instant::now();
    while cells(out).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(120) && matches!(child.try_wait(), Ok(None)), "no cell was finished");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A result without the fields that depend on time or memory use.
fn timeless(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let measured = ["seconds", "seconds_per_retrain", "wall_seconds", "peak_bytes", "created_with"];
                fields.retain(|name, _| !measured.contains(&name.as_str()));
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

fn result(out: &str) -> Value {
    serde_json::from_slice(&std::fs::read(Path::new(out).join("result.json")).expect("result.json was written")).expect("and holds JSON")
}

fn failed(output: &Output, code: i32, says: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(says), "`{says}` is not in {}", text(&output.stderr));
}

#[test]
fn a_wrong_plan_names_its_line() {
    let folder = Folder::new("plan-errors");
    let path = folder.at("plan.toml");
    let wrong = [
        ("seeds = [1", ":1: "),
        ("sead = [1]", ":1: unknown field `sead`"),
        ("seeds = [1, 1]\n[[method]]\nid = \"e2urec\"", ":1: seeds: every one must differ, got `1` twice"),
        ("seeds = []\n[[method]]\nid = \"e2urec\"", ":1: seeds: must name at least one"),
        ("validate = true", "method: must name at least one"),
        ("ranking = \"most\"", ":1: unknown variant `most`"),
        ("[[method]]\nid = \"magic\"", ":2: "),
        ("[[method]]\nid = \"e2urec\"\npreset = \"magic\"", ":3: preset: e2urec has tuned"),
        ("[[method]]\nid = \"e2urec\"\nlabel = 3", ":3: "),
        ("[[method]]\nid = \"e2urec\"\n[method.params]\nalpha = 99", ":4: "),
        ("[[method]]\nid = \"e2urec\"\n[method.params]\n\nalpha = [0.1, 99]", ":5: "),
        ("[[method]]\nid = \"e2urec\"\n[method.params]\nbeta = 1", ":4: "),
        ("[[method]]\nid = \"e2urec\"\n[method.params]\nalpha = []", ":4: alpha: must be a number"),
        ("[[method]]\nid = \"e2urec\"\nsteps = 0", ":3: steps: must be at least 1"),
        ("[[method]]\nid = \"e2urec\"", ": forget: must name at least one"),
        ("[[method]]\nid = \"e2urec\"\n[[forget]]\nuser = [1]", ":3: forget: unknown field `user`"),
        ("[[method]]\nid = \"e2urec\"\n[[data]]\nmodel = \"no-such-model\"", ":3: no-such-model: a model package must have"),
    ];
    for (plan, says) in wrong {
        std::fs::write(&path, plan).expect("the temporary folder can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_unlearn")).args(["compare", &path, "--list"]).current_dir(ROOT).output();
        failed(&output.expect("the program was built with this test"), 2, &format!("plan.toml{says}").replace("plan.tomlmethod", "method"));
    }
    failed(&unlearn(&["compare", "no-such-plan.toml"]), 1, "no-such-plan.toml");
    failed(&unlearn(&["compare", &path, "--seeds", "1"]), 2, "cannot be used with");
    failed(&unlearn(&["compare", "--shard", "3/2"]), 2, "must be I/N");
}

/// The committed examples name existing methods, settings and data.
#[test]
fn the_examples_are_plans() {
    for (plan, n_cells) in [("compare", 90), ("tune", 193), ("all", 270), ("speed", 34), ("people", 800)] {
        let plan = format!("bench/{plan}.toml");
        let output = Command::new(env!("CARGO_BIN_EXE_unlearn")).args(["compare", &plan, "--list"]).current_dir(ROOT).output();
        let output = output.expect("the program was built with this test");
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).lines().filter(|line| !line.is_empty()).count(), n_cells, "{plan}");
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let folder = Folder::new("resume");
    let plan = prepared(&folder, "seeds = [1, 2, 3, 4]\nsteps = 60", ONE);
    let out = folder.at("run");
    let mut child = start(&["compare", &plan, "--out", &out]);
    first_cell(&mut child, &out);
    child.kill().expect("it was running");
    child.wait().expect("it ended");
    std::thread::sleep(Duration::from_millis(300));
    let before = cells(&out);
    assert!(!before.is_empty() && before.len() < 4 && !Path::new(&out).join("result.json").exists(), "{} cells", before.len());
    failed(&unlearn(&["compare", &plan, "--out", &out, "--merge"]), 1, "are missing");
    let states = json(&["compare", &plan, "--out", &out, "--list", "--json"]);
    let done = states.as_array().map(|cells| cells.iter().filter(|cell| cell["state"] == "done").count());
    assert_eq!(done, Some(before.len()));

    let finished = json(&["compare", &plan, "--out", &out, "--json"]);
    assert!(finished["methods"].as_array().map(Vec::len) == Some(4) && finished["missing"] == 0);
    let after = cells(&out);
    assert!(after.len() == 4 && before.iter().all(|(path, written)| after.get(path) == Some(written)), "a finished cell ran again");
    json(&["compare", &plan, "--out", &out, "--json"]);
    assert_eq!(cells(&out), after);
    json(&["compare", &plan, "--out", &out, "--json", "--fresh"]);
    assert!(cells(&out).iter().all(|(path, written)| after[path] < *written), "--fresh runs all cells");
}

#[test]
fn shards_make_the_same_tables_as_one_run() {
    let folder = Folder::new("shards");
    let sets = "[[forget]]\nstandard = true\n[[forget]]\nname = \"a <b> | \\\"pair\\\"\"\nusers = [2, 3]\n";
    let methods = "[[method]]\nid = \"e2urec\"\npresets = [\"tuned\", \"published\"]\n[[method]]\nid = \"e2urec\"\nlabel = \"Part, \\\"one\\\"\"\n\
                   [method.params]\nalpha = [0.3, 0.5]\nterms = \"without forgetting\"\n";
    let plan = prepared(&folder, "seeds = [1, 2]\nsteps = 2", &format!("{sets}{methods}"));
    let (whole, parts) = (folder.at("whole"), folder.at("parts"));
    let one = json(&["compare", &plan, "--out", &whole, "--jobs", "2", "--json"]);
    for part in ["1/2", "2/2"] {
        let output = unlearn(&["compare", &plan, "--out", &parts, "--shard", part]);
        assert!(output.status.success() && !Path::new(&parts).join("result.json").exists(), "{}", text(&output.stderr));
    }
    assert_eq!(cells(&parts).len(), 16);
    let merged = json(&["compare", &plan, "--out", &parts, "--merge", "--json"]);
    assert_eq!(timeless(merged), timeless(one));
    assert_eq!(timeless(result(&parts)), timeless(result(&whole)));

    let result = result(&whole);
    let trained: Vec<_> = result["methods"].as_array().expect("a list").iter().filter(|line| line["forget_set"] != "standard").collect();
    assert!(trained.len() == 8 && trained.iter().all(|line| line["forget"]["jsd"].is_number()), "a Retrain was trained");
    assert!(result["forget_sets"][1]["references"][1]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    let published = &result["summary"][1];
    assert!(published["setting"] == "published" && published["vs"][0]["n"] == 2 && published["n_seeds"] == 2, "{published}");
    assert!(published["forget"]["jsd"]["half_width"].is_number() && published["gap_closed"]["mean"].is_number());
    well_formed(&whole);
}

/// Checks the files meant for people and spreadsheets.
fn well_formed(out: &str) {
    let read = |name: &str| std::fs::read_to_string(Path::new(out).join(name)).expect("the file was written");
    let mut table = csv::Reader::from_path(Path::new(out).join("result.csv")).expect("the file was written");
    let head = table.headers().expect("a head").clone();
    let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().expect("lines as long as the head");
    let at = |name: &str| head.iter().position(|cell| cell == name).unwrap_or_else(|| panic!("no column {name}"));
    assert_eq!((rows.len(), &rows[4][at("label")], &rows[15][at("forget_set")]), (16, "Part, \"one\"", "a <b> | \"pair\""));
    assert!(rows.iter().all(|row| row[at("forget_jsd")].parse::<f64>().is_ok() && row[at("test_auc")].parse::<f64>().is_ok()));

    let markdown = read("result.md");
    let mut width = None;
    for line in markdown.lines() {
        let n = line.strip_prefix('|').map(|rest| rest.replace("\\|", "").matches('|').count());
        assert!(width.is_none() || n.is_none() || width == n, "{line}");
        width = n;
    }
    assert!(["Original", "Floor", "tuned", "Ablations", "time/Retrain"].iter().all(|word| markdown.contains(word)));

    let html = read("report.html");
    assert!(html.matches("<svg").count() >= 6 && !html.contains("http") && !html.contains("<script") && !html.contains("a <b>"));
    assert!(html.contains("a &lt;b&gt; | &quot;pair&quot;") && !html.contains("NaN"));
    let mut open = Vec::new();
    for tag in html.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag ends").0) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.starts_with('!') && !tag.starts_with("meta") && !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or(tag));
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_failed_cell_stops_no_other() {
    let folder = Folder::new("failed-cell");
    let plan = prepared(&folder, "seeds = [1]\nsteps = 2\nranking = \"sampled\"", &format!("[[forget]]\ngenre = \"Nonsense\"\n{ONE}"));
    let out = folder.at("run");
    let output = unlearn(&["compare", &plan, "--out", &out]);
    failed(&output, 1, "1 of 2 cells failed");
    assert!(text(&output.stderr).contains("must be a genre of"), "{}", text(&output.stderr));
    let told = result(&out);
    assert!(cells(&out).len() == 1 && told["missing"] == 1);
    let ranked = [&told["summary"][0]["ranking"]["hr_10"]["mean"], &told["forget_sets"][0]["references"][0]["ranking"]["hr_10"]];
    assert!(ranked.iter().all(|hits| hits.as_f64().is_some_and(|hits| (0.0..=1.0).contains(&hits))), "{ranked:?}");
    let key = json(&["compare", &plan, "--out", &out, "--list", "--json"])[2]["key"].as_str().map(str::to_owned).expect("a key");
    let cell = json(&["compare", &plan, "--out", &out, "--cell", &key]);
    assert!(cell["key"] == *key && cell["report"]["methods"][2]["id"] == "e2urec" && cell["host"]["n_cpus"].is_number());
    failed(&unlearn(&["compare", &plan, "--out", &out, "--cell", "zz"]), 2, "must be the key of one cell");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_no_process_behind() {
    let folder = Folder::new("compare-cancel");
    let plan = prepared(&folder, "seeds = [1, 2, 3, 4, 5, 6]\nsteps = 60", ONE);
    let out = folder.at("run");
    let mut child = start(&["compare", &plan, "--out", &out, "--jobs", "2"]);
    first_cell(&mut child, &out);
    std::thread::sleep(Duration::from_millis(50));
    let id = child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let sent = Command::new("kill").args(["-INT", &id.to_string()]).status().expect("kill is there");
    let output = child.wait_with_output().expect("the program ends");
    assert!(sent.success());
    failed(&output, 130, "the same call goes on from there");
    assert!(children.split_whitespace().all(|pid| !Path::new("/proc").join(pid).exists()), "{children} live on");
    assert!(!cells(&out).is_empty() && !Path::new(&out).join("result.json").exists());
}

/// Two people ask one by one, each beside two Retrains of its own.
#[test]
fn people_are_told_about_together() {
    let folder = Folder::new("compare-people");
    let plan = prepared(
        &folder,
        "seeds = [1]\nsteps = 4",
        "[people]\nn = 2\ndraw = 3\nmin_rows = 5\n[[method]]\nid = \"e2urec\"\n[[method]]\nid = \"retrain\"\n",
    );
    let out = folder.at("out");
    let result = json(&["compare", &plan, "--out", &out, "--json"]);
    let people = result["people"].as_array().expect("one line for each setting");
    assert_eq!(
        (people.len(), result["summary"].as_array().map(Vec::len), result["forget_sets"].as_array().map(Vec::len)),
        (2, Some(0), Some(0))
    );
    let line = &people[0];
    assert_eq!((&line["id"], &line["n_people"]), (&"e2urec".into(), &2.into()));
    let runs = line["runs"].as_array().expect("runs");
    let errors: Vec<f64> =
        runs.iter().map(|run| run["unlearned"].as_f64().unwrap_or(f64::NAN) - run["retrain"].as_f64().unwrap_or(f64::NAN)).collect();
    let expected = (errors.iter().map(|error| error * error).sum::<f64>() / 2.0).sqrt();
    assert!((line["error"].as_f64().unwrap_or(f64::NAN) - expected).abs() < 1e-9, "{line}");
    let of_retrain = people[1]["error"].as_f64().unwrap_or(f64::NAN);
    assert!(of_retrain > 0.0 && line["error_of_retrain"].as_f64() == Some(of_retrain), "the second Retrain has another seed");
    assert!(line["lists_kept"]["mean"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "{line}");
    let read = |name: &str| std::fs::read_to_string(Path::new(&out).join(name)).unwrap_or_default();
    assert!(read("result.md").contains("people who ask one by one") && read("report.html").contains("rows of the person"));

    // The two Retrains that are there now judge the measures: each person has one model without them, and Original and the other's Retrain with them.
    let judged = json(&["compare", &plan, "--out", &out, "--measures", "--json"]);
    let measures = judged[0]["measures"].as_array().expect("a line for each measure");
    assert_eq!((&judged[0]["n_people"], measures.len()), (&2.into(), 9), "{judged}");
    for one in measures {
        let [among, alone] = ["among_models", "alone"].map(|name| one[name].as_f64().unwrap_or(f64::NAN));
        assert!((0.0..=1.0).contains(&among) && (0.0..=1.0).contains(&alone), "{one}");
        assert_eq!((among * 4.0).fract(), 0.0, "two people with two pairs each, ties counted half: {one}");
    }
    assert!(Path::new(&out).join("measures.json").is_file());
    let none = unlearn(&["compare", &plan, "--out", &folder.at("empty"), "--measures"]);
    assert!(!none.status.success() && text(&none.stderr).contains("the Retrains of at least two people"), "{}", text(&none.stderr));
    let nobody = write_plan(&folder, "", "[people]\nn = 2\nmin_rows = 9999\n[[method]]\nid = \"e2urec\"\n");
    let told = text(&unlearn(&["compare", &nobody, "--list"]).stderr);
    assert!(told.contains("plan.toml:") && told.contains("9999 training rows"), "{told}");
}
