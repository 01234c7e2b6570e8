//! Tests of the command line as a user sees it: the built program, its exit codes and its JSON.

mod attack_command;
mod calibrate_command;
mod checkpoint_command;
mod compare;
mod determinism_command;
#[cfg(unix)]
mod examples_command;
mod families_command;
mod import_command;
mod language_model;
mod merge_command;
mod other_data;
#[cfg(unix)]
mod output_command;
mod serve_command;
mod serve_person_command;
mod teach_command;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn unlearn(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unlearn")).args(args).output().expect("the program was built with this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON printed by a successful call.
fn json(args: &[&str]) -> Value {
    let output = unlearn(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("stdout holds the JSON and nothing else")
}

/// A temporary folder that is deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unlearn-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Self(path)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A data set of 40 users who start one after the other and like the items of their own parity; each rates an item every 97 seconds.
fn small_data(folder: &Folder) -> String {
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    for user in 1..=40u32 {
        for k in 0..30u32 {
            let item = 1 + (user * 13 + k * 7) % 90;
            let rating = if (item + user).is_multiple_of(2) { "4.5" } else { "2.0" };
            let time = 1_000_000 + user * 400 + k * 97;
            ratings.push_str(&format!("{user},{item},{rating},{time}\n"));
        }
    }
    let mut movies = String::from("movieId,title,genres\n");
    for item in 1..=90u32 {
        movies.push_str(&format!(
            "{item},Film {item} ({}),{}\n",
            1960 + item % 50,
            if item.is_multiple_of(3) { "Horror" } else { "Comedy" }
        ));
    }
    let data = folder.at("data");
    std::fs::create_dir_all(&data).expect("the temporary folder can be written");
    std::fs::write(Path::new(&data).join("ratings.csv"), ratings).expect("the temporary folder can be written");
    std::fs::write(Path::new(&data).join("movies.csv"), movies).expect("the temporary folder can be written");
    data
}

#[test]
fn help_has_examples() {
    for command in [
        "prepare",
        "train",
        "forget",
        "attack",
        "recommend",
        "explain",
        "compare",
        "import",
        "export",
        "merge",
        "measure",
        "verify",
        "bench",
        "serve",
    ] {
        for flag in ["-h", "--help"] {
            let output = unlearn(&[command, flag]);
            assert!(output.status.success() && text(&output.stdout).contains("unlearn "), "{command} {flag}");
            assert!(text(&output.stdout).contains("Examples:"), "{command} {flag}");
        }
    }
    let methods = text(&unlearn(&["forget", "--help"]).stdout);
    for word in ["e2urec", "published", "augment_epochs", "130"] {
        let shown = if word == "130" { text(&unlearn(&["--help"]).stdout) } else { methods.clone() };
        assert!(shown.contains(word), "help lacks {word}");
    }
}

#[test]
fn wrong_usage_is_2_and_failure_is_1() {
    let wrong: [&[&str]; 11] = [
        &[],
        &["forgot"],
        &["prepare"],
        &["forget", "--method", "magic"],
        &["forget"],
        &["attack"],
        &["forget", "--user", "-1"],
        &["forget", "--user", "1", "--genre", "Horror"],
        &["forget", "--preset", "magic"],
        &["forget", "--param", "beta=1"],
        &["train", "--data", "x", "--out", "y", "--batch", "0"],
    ];
    for args in wrong {
        let output = unlearn(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    let out_of_range = unlearn(&["forget", "--standard", "--param", "alpha=99"]);
    assert!(out_of_range.status.code() == Some(2) && text(&out_of_range.stderr).contains("must be between 0 and 8"));
    let missing: [(&[&str], &str); 2] =
        [(&["prepare", "no-such-folder"], "no-such-folder"), (&["forget", "--standard", "--model", "no-such-model"], "manifest.json")];
    for (args, named) in missing {
        let output = unlearn(args);
        assert!(output.status.code() == Some(1) && text(&output.stderr).contains(named), "{args:?}: {}", text(&output.stderr));
    }
}

/// The figures of the shipped data, computed independently of this program.
#[test]
fn prepare_counts_the_shipped_data() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/data/ml-latest-small");
    let counts = json(&["prepare", data, "--json"]);
    let expected = [
        ("ratings", 100_836),
        ("eligible_samples", 97_786),
        ("window_samples", 97_786),
        ("train", 58_671),
        ("valid", 19_557),
        ("test", 19_558),
        ("train_users", 381),
        ("forget_users", 76),
        ("forget_rows", 10_745),
        ("retain_rows", 47_926),
    ];
    for (key, value) in expected {
        assert_eq!(counts[key], value, "{key}");
    }
    assert_eq!((&counts["positive_rate_train"], &counts["positive_rate_test"]), (&0.586_423.into(), &0.607_782.into()));
    assert_eq!(counts["first_sample"], serde_json::json!({ "user": 429, "item": 222, "rating": 4.0 }));
    assert_eq!(counts["forget_user_ids"].as_array().map(Vec::len), Some(76));
    assert_eq!((&counts["forget_user_ids"][0], &counts["forget_user_ids"][75]), (&1.into(), &609.into()));
    assert!(text(&unlearn(&["prepare", data]).stdout).contains("standard forget set: 76 users, 10745 rows"));
}

/// What is read with reservations is told beside the counts, and what is no data set is named, also in a folder.
#[test]
fn prepare_tells_what_it_found() {
    let folder = Folder::new("found");
    let data = small_data(&folder);
    let ratings = Path::new(&data).join("ratings.csv");
    let written = std::fs::read_to_string(&ratings).expect("it was written");
    let output = unlearn(&["prepare", &data]);
    assert!(
        text(&output.stdout).contains("90 items with metadata; 90 of 90 rated items (100 %) are described"),
        "{}",
        text(&output.stdout)
    );
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    std::fs::write(
        &ratings,
        format!("{written}1,1,4.5,9000000\n1,1,2.0,9000001\n{}", (91..=101).map(|id| format!("1,{id},4.5,9000002\n")).collect::<String>()),
    )
    .expect("the temporary folder can be written");
    let counts = json(&["prepare", &data, "--json"]);
    assert_eq!((&counts["rated_items"], &counts["described_items"]), (&101.into(), &90.into()));
    assert_eq!(counts["notes"].as_array().map(Vec::len), Some(2), "{counts}");
    let output = unlearn(&["prepare", &data]);
    assert!(output.status.success() && text(&output.stdout).contains("90 of 101 rated items (89.1 %)"), "{}", text(&output.stdout));
    let told = text(&output.stderr);
    assert!(
        told.contains("warning:")
            && told.contains("2 ratings were given again later")
            && told.contains("only 90 of 101 rated items (89 %)"),
        "{told}"
    );

    // `train` says it too
    let output = unlearn(&["train", "--data", &data, "--out", &folder.at("model"), "--epochs", "1", "--batch", "64"]);
    assert!(text(&output.stderr).contains("only 90 of 101 rated items (89 %)"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("1211 ratings; 90 of 101 rated items (89.1 %) are described"), "{}", text(&output.stdout));

    let deep = folder.at("deep");
    let inner = Path::new(&deep).join("Downloads/data/ml");
    std::fs::create_dir_all(&inner).expect("the temporary folder can be written");
    for name in ["ratings.csv", "movies.csv"] {
        std::fs::copy(Path::new(&data).join(name), inner.join(name)).expect("the temporary folder can be written");
    }
    assert_eq!(json(&["prepare", &deep, "--json"])["ratings"], counts["ratings"]);

    let other = folder.at("other");
    std::fs::create_dir_all(&other).expect("the temporary folder can be written");
    let cases = [
        ("goodreads_library_export.csv", "Book Id,Title,My Rating\n1,A,5\n", "one person's Goodreads library export"),
        ("Books.jsonl", "{\"rating\":4.0,\"asin\":\"B00\"}\n", "Amazon reviews"),
        ("notes.txt", "hello\n", "no known data set: give ratings.csv and movies.csv"),
    ];
    for (name, content, said) in cases {
        let path = Path::new(&other).join(name);
        std::fs::write(&path, content).expect("the temporary folder can be written");
        let output = unlearn(&["prepare", &other]);
        assert!(output.status.code() == Some(1) && text(&output.stderr).contains(said), "{name}: {}", text(&output.stderr));
        std::fs::remove_file(&path).expect("it was written");
    }
}

/// A table of one's own: what is assumed is told, what is said holds for the package too, and people are named by their words.
#[test]
fn a_table_of_ones_own_is_read_told_and_forgotten() {
    let folder = Folder::new("table");
    let rows = (0..40).flat_map(|user| {
        (0..14).map(move |k| {
            let item = (user * 5 + k * 3) % 20;
            format!("p{user}@example.org;x;Film {item};{};{}\n", 1 + (user * 3 + item * 7) % 10, k * 40 + user)
        })
    });
    std::fs::create_dir_all(folder.at("mine")).expect("the temporary folder can be written");
    let table = folder.at("mine/Votes.TXT");
    std::fs::write(&table, "who;note;what;points;when\n".to_owned() + &rows.collect::<String>())
        .expect("the temporary folder can be written");
    let prepared = json(&["prepare", &folder.at("mine"), "--json"]);
    let assumed = prepared["assumed"].to_string();
    assert_eq!(prepared["ratings"], 560, "{prepared}");
    for told in ["separated by semicolons", "the item column `what`", "from 0 to 10", "rated above 6", "named by words"] {
        assert!(assumed.contains(told), "{told}: {assumed}");
    }
    let output = unlearn(&["prepare", &table, "--columns", "user=who,item=what,rating=points", "--threshold", "4"]);
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("assumed: Liked is what is rated above 4") && said.contains("the order of the file"),
        "{said}"
    );
    for (args, says) in [
        (vec!["--columns", "user=nobody,item=what,rating=points"], "there is no column `nobody`, only who, note, what, points, when"),
        (vec!["--columns", "user=0,item=2"], "`rating` must be named too"),
        (vec!["--threshold", "10"], "threshold: must be from 0 to below 10"),
        (vec!["--separator", "x"], "must be a comma, semicolon, tab"),
    ] {
        let output = unlearn(&[&["prepare", table.as_str()], &args[..]].concat());
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains(says), "{says}: {}", text(&output.stderr));
    }

    let model = folder.at("model");
    let output =
        unlearn(&["train", "--data", &table, "--threshold", "4", "--out", &model, "--epochs", "1", "--batch", "64", "--folds", "0"]);
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("assumed: Liked is what is rated above 4"), "{said}");
    let manifest = std::fs::read_to_string(Path::new(&model).join("manifest.json")).expect("it was written");
    assert!(manifest.contains("\"threshold\": 4.0"), "{manifest}");
    assert!(!manifest.contains("example.org"), "nobody's name stands in the package");
    let of = ["--model", model.as_str(), "--data", table.as_str()];
    let report = json(&[&["forget", "--user", "p3@example.org", "--steps", "1", "--json"], &of[..]].concat());
    assert_eq!((&report["data_mismatch"], report["sizes"]["forget"].as_u64().is_some_and(|n| n > 0)), (&Value::Null, true), "{report}");
    let output = unlearn(&[&["recommend", "--user", "p3@example.org", "--k", "3"], &of[..]].concat());
    assert!(text(&output.stdout).starts_with("Recommendations for p3@example.org, of "), "{}", text(&output.stdout));
    let output = unlearn(&[&["forget", "--user", "nobody@example.org"], &of[..]].concat());
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("user: must be one of the data, got `nobody@example.org`"));
}

#[test]
fn a_model_is_trained_and_forgets() {
    let folder = Folder::new("whole");
    let data = small_data(&folder);
    let model = folder.at("model");
    let trained = json(&["train", "--data", &data, "--out", &model, "--epochs", "2", "--batch", "32", "--json"]);
    assert_eq!((&trained["methods"][0]["id"], &trained["methods"][1]["id"]), (&"original".into(), &"retrain".into()));
    assert!(trained["floor"]["jsd"].as_f64().is_some_and(|jsd| jsd > 0.0));
    for file in ["model.safetensors", "retrain.safetensors", "tokenizer.json", "manifest.json", "LICENCE.md", "README.md"] {
        assert!(Path::new(&model).join(file).is_file(), "the package lacks {file}");
    }

    let both = ["--model", model.as_str(), "--data", data.as_str()];
    let (report_file, adapter) = (folder.at("report.json"), folder.at("adapter"));
    let mut args = vec!["forget", "--standard", "--steps", "4", "--json", "--out", &report_file, "--adapter-out", &adapter];
    args.extend(both);
    let report = json(&args);
    let ids: Vec<_> = report["methods"].as_array().expect("methods is a list").iter().map(|m| m["id"].as_str().unwrap_or("")).collect();
    assert_eq!(ids, ["original", "retrain", "e2urec"]);
    for (path, kinds) in [
        ("/dataset", "s"),
        ("/device", "s"),
        ("/methods/2/seed", "n"),
        ("/methods/2/params/alpha", "n"),
        ("/methods/2/test/auc", "n"),
        ("/methods/2/test/acc", "n"),
        ("/methods/2/test/logloss", "n"),
        ("/methods/2/forget/auc", "n"),
        ("/methods/2/forget/acc", "n"),
        ("/methods/2/forget/logloss", "n"),
        ("/methods/2/forget/jsd", "n"),
        ("/methods/2/forget/sym_kl", "n"),
        ("/methods/2/forget/l2", "n"),
        ("/methods/2/seconds", "n"),
        ("/methods/2/steps", "n"),
        ("/methods/2/trainable_params", "n"),
        ("/floor/jsd", "n"),
    ] {
        let value = report.pointer(path).unwrap_or(&Value::Null);
        assert!(if kinds == "s" { value.is_string() } else { value.is_number() }, "{path} is {value}");
    }
    assert_eq!(report["methods"][2]["steps"], 4);
    assert_eq!(report["methods"][1]["forget"]["jsd"], 0.0);
    let written: Value = serde_json::from_slice(&std::fs::read(&report_file).expect("--out was written")).expect("and holds JSON");
    assert_eq!(written, report);
    for file in ["adapter_config.json", "adapter_model.safetensors"] {
        assert!(Path::new(&adapter).join(file).is_file(), "the adapter lacks {file}");
    }
    let again = json(&args);
    assert_eq!(again["adapter_sha256"], report["adapter_sha256"], "a seed gives one adapter");

    // A merged model gives the unlearned answers without an adapter, and serves as the start of the next request.
    let merged = folder.at("merged");
    let told = json(&["merge", &model, &adapter, "--out", &merged, "--quantisation", "f32", "--json"]);
    assert_eq!((&told["name"], &told["quantisation"]), (&"merged".into(), &"f32".into()));
    let next = json(&["forget", "--user", "2", "--steps", "2", "--json", "--model", &merged, "--data", &data]);
    let logloss = |report: &Value, at: usize| report["methods"][at]["test"]["logloss"].as_f64().expect("a number");
    assert!((logloss(&next, 0) - logloss(&report, 2)).abs() < 1e-5, "{} {}", logloss(&next, 0), logloss(&report, 2));
    assert_eq!(unlearn(&["merge", &model, &data, "--out", &merged]).status.code(), Some(1), "no adapter there");

    // No Retrain is shipped for forgetting a single user, so there is no divergence unless one is trained first.
    let mut one = vec!["forget", "--user", "2", "--steps", "2", "--json"];
    one.extend(both);
    let report = json(&one);
    assert_eq!(report["request"]["forget"], serde_json::json!({ "users": [2] }));
    assert!(report["methods"].as_array().is_some_and(|m| m.len() == 2) && report["methods"][1]["forget"]["jsd"].is_null());
    one.push("--retrain");
    let report = json(&one);
    assert!(report["methods"][2]["forget"]["jsd"].is_number() && report["methods"][1]["source"] == "this device");
    one.splice(1..3, ["--user", "4000"]);
    assert_eq!(unlearn(&one).status.code(), Some(2), "no such user");

    let out = folder.at("run");
    // Every method runs, and those that train whole models have no adapter to write.
    for (method, preset) in [("retrain", "tuned"), ("sisa", "by_person"), ("receraser", "paper"), ("neggrad", "tuned"), ("badt", "random")]
    {
        let mut args = vec!["forget", "--standard", "--method", method, "--preset", preset, "--seed", "5", "--json"];
        args.extend(both);
        let report = json(&args);
        let run = &report["methods"][2];
        assert_eq!(run["id"], method);
        let found = ["/forget/jsd", "/forget/mia_auc", "/forget/mia_reference_auc", "/forget/ks_p", "/test/ece", "/neighbour/acc"];
        assert!(found.iter().all(|path| run.pointer(path).is_some_and(Value::is_number)), "{method}: {run}");
        assert!(run["steps"].as_u64() > Some(0) && report["baseline"]["auc"].is_number(), "{method}");
        assert_eq!(report["adapter_sha256"].is_string(), ["neggrad", "badt"].contains(&method), "{method}");
    }

    let mut compare =
        vec!["compare", "--standard", "--seeds", "1,2", "--steps", "2", "--preset", "tuned", "--ablations", "--json", "--out", &out];
    compare.extend(both);
    let comparison = json(&compare);
    assert_eq!(comparison["summary"].as_array().map(Vec::len), Some(3));
    assert!(comparison["summary"][0]["test"]["auc"]["half_width"].is_number() && comparison["summary"][2]["params"]["terms"] == 2.0);
}

/// Ctrl-C ends a run between two steps, without any output written.
#[cfg(unix)]
#[test]
fn ctrl_c_is_130() {
    let folder = Folder::new("cancel");
    let (data, model) = (small_data(&folder), folder.at("model"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_unlearn"))
        .args(["train", "--data", &data, "--out", &model, "--epochs", "100000"])
        .spawn()
        .expect("the program was built with this test");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    let status = child.wait().expect("the program ends");
    assert!(sent.success() && status.code() == Some(130) && !Path::new(&model).exists(), "{status}");
}

/// A language model is reduced, tuned with and without an adapter, and unlearned; its package can train a Retrain for another forget set.
#[test]
fn a_language_model_is_tuned_and_forgets() {
    let folder = Folder::new("text");
    let (data, base, model) = (small_data(&folder), folder.at("base"), folder.at("model"));
    std::fs::create_dir_all(&base).expect("the temporary folder can be written");
    for (name, bytes) in language_model::package(None, "", false) {
        std::fs::write(Path::new(&base).join(name), bytes).expect("the temporary folder can be written");
    }
    let common = ["train", "--base", &base, "--data", &data, "--out", &model, "--rows", "200", "--lr", "0.01", "--json"];
    let full = json(&[&common[..], &["--full", "--layers", "1,", "--floor-seed", "9"]].concat());
    assert!(full["floor"]["jsd"].as_f64().is_some_and(|jsd| jsd > 0.0) && full["sizes"]["test"].as_u64() > Some(100));
    let trained =
        json(&[&common[..], &["--rank", "4", "--layers", "2", "--keep-start", "--template", "simple", "--eval-rows", "30"]].concat());
    assert_eq!(trained["evaluated_rows"], 30);
    assert!(trained["floor"].is_null() && trained["methods"][0]["test"]["auc"].is_number());
    let manifest = std::fs::read(Path::new(&model).join("manifest.json")).expect("the package has a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("it is JSON");
    assert_eq!(
        (&manifest["text"]["rank"], &manifest["text"]["rows"], &manifest["text"]["template"]),
        (&4.into(), &200.into(), &"simple".into())
    );
    let n_kept = manifest["text"]["kept"].as_array().map_or(0, Vec::len);
    assert!((200..1_000).contains(&n_kept), "{n_kept} tokens kept of 49,152");

    let both = ["forget", "--model", model.as_str(), "--data", data.as_str(), "--json", "--eval-rows", "20"];
    let report = json(&[&both[..], &["--standard", "--steps", "3"]].concat());
    assert_eq!((&report["evaluated_rows"], &report["unknown_tokens"]), (&20.into(), &0.into()));
    assert!(report["methods"][2]["forget"]["jsd"].is_number() && report["adapter_sha256"].is_string());
    assert_eq!(report["methods"][0]["source"], "this device", "shipped figures are on other rows");
    let report = json(&[&both[..], &["--user", "3", "--steps", "2", "--retrain"]].concat());
    assert_eq!(report["methods"][1]["source"], "this device");

    let layers = unlearn(&["train", "--base", &base, "--data", &data, "--out", &model, "--layers", "3"]);
    assert!(layers.status.code() == Some(2) && text(&layers.stderr).contains("must be 1 to 2"), "{}", text(&layers.stderr));
    let nano = unlearn(&["train", "--base", "models/none", "--data", &data, "--out", &model]);
    assert!(nano.status.code() == Some(1) && text(&nano.stderr).contains("manifest.json"));
}

#[test]
fn requests_from_a_file_and_a_report_to_be_filed() {
    let folder = Folder::new("record");
    let asked = folder.at("asked.json");
    std::fs::write(&asked, r#"[{"users":[1]},{"genre":"Horror"}]"#).expect("the temporary folder can be written");
    let (record, page) = (folder.at("record.json"), folder.at("record.html"));
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/nano-ml-latest-small");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/data/ml-latest-small");
    for out in [&record, &page] {
        let args = [
            "forget",
            "--model",
            model,
            "--data",
            data,
            "--requests",
            &asked,
            "--method",
            "eul",
            "--steps",
            "3",
            "--eval-rows",
            "50",
            "--record",
            out,
            "--quiet",
        ];
        let output = unlearn(&args);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let told: Value = serde_json::from_slice(&std::fs::read(&record).expect("was written")).expect("is JSON");
    assert_eq!((&told["asked"]["what"], &told["method"]["id"]), (&"2 requests at once".into(), &"eul".into()));
    assert!(told["asked"]["rows"].as_u64() > Some(100) && told["data"]["files"][0]["sha256"].as_str().is_some_and(|hash| hash.len() == 64));
    let output = unlearn(&["verify", &record]);
    assert!(output.status.success() && text(&output.stdout).contains("as it was sealed"), "{}", text(&output.stderr));
    std::fs::write(&record, std::fs::read_to_string(&record).expect("is text").replace("Horror", "").replace("\"seed\": 1", "\"seed\": 2"))
        .expect("writes");
    let output = unlearn(&["verify", &record]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("was changed"), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(&page).expect("was written");
    assert!(page.contains("What this does not promise") && page.contains("2 requests at once"));

    std::fs::write(&asked, "[{\"user\":1}]").expect("the temporary folder can be written");
    let output = unlearn(&["forget", "--requests", &asked]);
    assert!(
        output.status.code() == Some(2) && text(&output.stderr).contains("must be a JSON list of requests"),
        "{}",
        text(&output.stderr)
    );
}
