//! Whether the measures measure: how well each tells models that were trained on a person from models that were not, from the Retrains in a run folder.

use super::plan::{Data, Planned};
use super::reference;
use crate::args::Source;
use crate::host::Terminal;
use crate::io;
use crate::report::table;
use anyhow::{Result, ensure};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use unlearn_core::metric::{Faithfulness, MEMORY_MEASURES, faithfulness};
use unlearn_core::session::MemoryJudge;

/// The measures of one data set.
#[derive(Serialize)]
struct Found {
    model: String,
    /// People, each with one model trained without them: their own Retrain.
    n_people: usize,
    measures: Vec<Faithfulness>,
}

/// Judges the measures on the people of a plan whose Retrains are in the run folder, and writes `measures.json` there.
pub async fn judge(cells: &[Planned<'_>], out: &Path, as_json: bool, host: &mut Terminal) -> Result<()> {
    // Retrains by data set (its place in memory) and user.
    let mut of_data: Vec<(&Data, BTreeMap<u32, PathBuf>)> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.forget.person) {
        let Some((user, key)) = cell.forget.spec.users.as_ref().and_then(|users| users.first()).zip(cell.reference.as_ref()) else {
            continue;
        };
        let path = reference::path(out, &key.key());
        if !path.is_file() {
            continue;
        }
        match of_data.iter_mut().find(|(data, _)| std::ptr::eq(*data, cell.data)) {
            Some((_, known)) => drop(known.insert(*user, path)),
            None => of_data.push((cell.data, BTreeMap::from([(*user, path)]))),
        }
    }
    ensure!(
        of_data.iter().any(|(_, known)| known.len() > 1),
        "measures: {} must hold the Retrains of at least two people of one data set; the same call without --measures trains them",
        out.display()
    );
    let mut all = Vec::new();
    for (data, retrains) in of_data.iter().filter(|(_, known)| known.len() > 1) {
        all.push(of(data, retrains, host).await?);
    }
    io::write_json(&out.join("measures.json"), &all)?;
    io::print(&if as_json { serde_json::to_string_pretty(&all)? } else { all.iter().map(text).collect::<Vec<_>>().join("\n") })
}

/// Every person's own Retrain was trained without them, Original and everybody else's Retrain with them.
async fn of(data: &Data, retrains: &BTreeMap<u32, PathBuf>, host: &mut Terminal) -> Result<Found> {
    let session = Source { model: data.model.clone(), data: data.files.clone() }.load()?;
    let users: Vec<u32> = retrains.keys().copied().collect();
    let judge = MemoryJudge::new(&session, &users, host).await?;
    // By measure and person: scores of models with them, and without.
    let mut scores = vec![vec![[Vec::new(), Vec::new()]; users.len()]; MEMORY_MEASURES.len()];
    let original = judge.scores_of_original(host).await?;
    let mut put = |of_model: Vec<Vec<Option<f64>>>, without: Option<usize>| {
        for (person, of_person) in of_model.into_iter().enumerate() {
            for (measure, score) in of_person.into_iter().enumerate() {
                scores[measure][person][usize::from(without == Some(person))].extend(score);
            }
        }
    };
    put(original, None);
    for (person, path) in retrains.values().enumerate() {
        host.label = format!("{}: {} of {} Retrains", data.manifest.name, person + 1, users.len());
        put(judge.scores(&io::read(path)?, host).await?, Some(person));
    }
    let measures = MEMORY_MEASURES.iter().zip(&scores).filter_map(|(measure, people)| faithfulness(measure, people)).collect();
    Ok(Found { model: data.manifest.name.clone(), n_people: users.len(), measures })
}

fn text(found: &Found) -> String {
    let head = ["", "among models of a person", "±", "alone"].map(str::to_owned).to_vec();
    let rows = found.measures.iter().map(|of| {
        vec![of.name.to_owned(), format!("{:.3}", of.among_models), format!("{:.3}", 1.96 * of.error), format!("{:.3}", of.alone)]
    });
    format!(
        "{}: AUC with which a measure tells models trained on a person from one that was not, {} people\n{}",
        found.model,
        found.n_people,
        table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    )
}
