//! What the page shows of the data and the model, as plain replies.

use crate::protocol::{AttackOffer, GenreSummary, ItemSummary, ModelFacts, Recommendation, Reply, UserRow, UserSummary};
use std::collections::{BTreeMap, HashMap, HashSet};
use unlearn_core::attack::AttackRequest;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::split::Sample;
use unlearn_core::lab::Lab;
use unlearn_core::model::Network;
use unlearn_core::report::{ForgetSpec, RunRequest};
use unlearn_core::train::host::Host;
use unlearn_core::unlearn::{METHODS, Recommender};
use unlearn_core::{Error, Result};

/// An item is recommended only if it is the target of so many training rows: with fewer, its score is noise.
const MIN_ROWS: u32 = 5;
/// Candidates that cost as much as a row: they share their history.
const CANDIDATES_A_ROW: usize = 5;

/// The attacks of a request with their costs, where those are known.
pub fn attacks(lab: &Lab, request: &AttackRequest) -> Result<Reply> {
    let chosen = lab.chosen_attacks(request)?;
    // Before a run there is nothing to attack, and so no cost.
    let seconds = lab.attack_costs(request).ok().flatten();
    let offers = chosen.into_iter().enumerate().map(|(at, (entry, params))| AttackOffer {
        entry: *entry,
        params,
        seconds: seconds.as_ref().and_then(|all| all.get(at).copied()),
    });
    Ok(Reply::AttackTable { attacks: offers.collect() })
}

/// The answer to a load: everything the page needs to draw its controls.
pub fn loaded(lab: &Lab) -> Result<Reply> {
    let standard: HashSet<u32> = lab.split.standard_forget_users.iter().copied().collect();
    let mut n_ratings: HashMap<u32, u32> = HashMap::new();
    for interaction in &lab.dataset.interactions {
        *n_ratings.entry(interaction.user).or_default() += 1;
    }
    let mut n_train: BTreeMap<u32, u32> = BTreeMap::new();
    let mut n_genre: HashMap<&str, u32> = HashMap::new();
    for sample in &lab.split.train {
        *n_train.entry(sample.user).or_default() += 1;
        for genre in lab.dataset.item(sample.item).map(|item| item.genres.as_slice()).unwrap_or_default() {
            *n_genre.entry(genre).or_default() += 1;
        }
    }
    let users = n_train.into_iter().map(|(user, n)| UserSummary {
        user,
        n_train: n,
        n_ratings: n_ratings.get(&user).copied().unwrap_or(0),
        standard: standard.contains(&user),
    });
    let mut genres: Vec<_> = n_genre.into_iter().map(|(name, n_train)| GenreSummary { name: name.to_owned(), n_train }).collect();
    genres.sort_by(|a, b| b.n_train.cmp(&a.n_train).then_with(|| a.name.cmp(&b.name)));
    let selection = lab.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
    let config = &lab.manifest.config;
    Ok(Reply::Loaded {
        model: lab.manifest.name.clone(),
        dataset: lab.dataset.name.clone(),
        n_params: lab.original.n_params(unlearn_core::model::Trainable::Base) as u32,
        about: ModelFacts {
            kind: if lab.manifest.text.is_some() { "text" } else { "items" }.into(),
            template: lab.manifest.text.as_ref().map(|text| format!("{:?}", text.template).to_lowercase()),
            layers: config.num_hidden_layers() as u32,
            width: config.hidden_size() as u32,
            vocabulary: config.vocab_size() as u32,
            evaluated_rows: lab.evaluated_rows(&selection),
            weight_bytes: lab.original.weight_bytes(),
        },
        users: users.collect(),
        genres,
        methods: METHODS.to_vec(),
        shipped: lab.manifest.figures.clone(),
        sizes: lab.sizes(&selection),
        floor: lab.manifest.floor,
        proxy: lab.manifest.proxy,
        baseline: lab.baseline(),
    })
}

/// A user's ratings with the model's answers before and after.
pub async fn user<H: Host>(lab: &Lab, user: u32, host: &mut H) -> Result<Reply> {
    let mut set_of: HashMap<u32, (&'static str, &Sample)> = HashMap::new();
    for (name, samples) in [("train", &lab.split.train), ("valid", &lab.split.valid), ("test", &lab.split.test)] {
        set_of.extend(samples.iter().filter(|sample| sample.user == user).map(|sample| (sample.item, (name, sample))));
    }
    let mut ratings: Vec<_> = lab.dataset.interactions.iter().filter(|interaction| interaction.user == user).collect();
    if ratings.is_empty() {
        return Err(Error::setting("user", "must be one of the data set", user));
    }
    ratings.sort_by_key(|interaction| (interaction.time, interaction.item));
    // A large model is asked about as many as somebody waits for: the newest that were learned from, which the page shows first.
    let known: Vec<_> = ratings.iter().filter_map(|interaction| set_of.get(&interaction.item)).collect();
    let mut order: Vec<usize> = (0..known.len()).rev().collect();
    order.sort_by_key(|at| known[*at].0 != "train");
    order.truncate(lab.quick_rows());
    order.sort_unstable();
    let asked: Vec<&Sample> = order.into_iter().map(|at| known[at].1).collect();
    let prompts = Encoded::new(asked.iter().copied(), &lab.split, &lab.vocabulary);
    let answers =
        |p: Vec<f64>| -> HashMap<u32, f32> { asked.iter().map(|sample| sample.item).zip(p.into_iter().map(|p| p as f32)).collect() };
    let before = answers(lab.p_yes(&Recommender::from(lab.original.clone()), &prompts, host).await?);
    let after = match &lab.unlearned {
        Some(model) => answers(lab.p_yes(model, &prompts, host).await?),
        None => HashMap::new(),
    };
    let rows = ratings.into_iter().map(|interaction| {
        let (title, genres) = title(lab, interaction.item);
        UserRow {
            item: interaction.item,
            title,
            genres,
            rating: interaction.rating,
            time: interaction.time as f64,
            set: set_of.get(&interaction.item).map_or("context", |(name, _)| *name).into(),
            before: before.get(&interaction.item).copied(),
            after: after.get(&interaction.item).copied(),
        }
    });
    Ok(Reply::User { user, rows: rows.collect() })
}

/// What a request selects, and what it will cost.
pub fn selection(lab: &Lab, request: &RunRequest) -> Result<Reply> {
    let selection = lab.select(&request.forget)?;
    let (plan, setting, _) = lab.plan(request, &selection)?;
    let users: HashSet<u32> = selection.forget.iter().map(|row| lab.split.train[*row as usize].user).collect();
    let (cost, memory) = (lab.cost(request, &selection)?, lab.step_memory(&plan, &setting));
    Ok(Reply::Selection {
        sizes: lab.sizes(&selection),
        n_users: users.len() as u32,
        steps: plan.n_steps(&setting, lab.manifest.training.batch),
        seconds: cost.map(|cost| cost.run),
        retrain_seconds: cost.map(|cost| cost.retrain),
        retrain: lab.retrain_source(&selection).map(str::to_owned),
        memory,
    })
}

/// Items whose title contains `query`, most training rows first.
pub fn items(lab: &Lab, query: &str, limit: u32) -> Reply {
    let (query, n_train) = (query.to_lowercase(), n_train(lab));
    let mut items: Vec<ItemSummary> = lab
        .dataset
        .items
        .iter()
        .filter(|item| n_train.contains_key(&item.id) && item.title.to_lowercase().contains(&query))
        .map(|item| {
            let (title, genres) = title(lab, item.id);
            ItemSummary { item: item.id, title, genres, n_train: n_train[&item.id] }
        })
        .collect();
    items.sort_by(|a, b| b.n_train.cmp(&a.n_train).then(a.item.cmp(&b.item)));
    items.truncate(limit as usize);
    Reply::Items { items }
}

/// The k items a user has not rated that the models would most likely recommend, each list with the ranks of the other.
pub async fn recommend<H: Host>(lab: &Lab, user: u32, k: u32, host: &mut H) -> Result<Reply> {
    if !(1..=100).contains(&k) {
        return Err(Error::setting("k", "must be between 1 and 100", k));
    }
    let mut ratings: Vec<_> = lab.dataset.interactions.iter().filter(|interaction| interaction.user == user).collect();
    if ratings.is_empty() {
        return Err(Error::setting("user", "must be one of the data set", user));
    }
    ratings.sort_by_key(|interaction| (interaction.time, interaction.item));
    let rated: HashSet<u32> = ratings.iter().map(|interaction| interaction.item).collect();
    let earlier: Vec<(u32, f32)> = ratings.iter().map(|i| (i.item, i.rating)).collect();
    let mut candidates: Vec<(u32, u32)> = n_train(lab).into_iter().filter(|(item, n)| *n >= MIN_ROWS && !rated.contains(item)).collect();
    let n_candidates = candidates.len() as u32;
    candidates.sort_unstable_by_key(|(item, n)| (std::cmp::Reverse(*n), *item));
    candidates.truncate(lab.quick_rows().saturating_mul(CANDIDATES_A_ROW));
    let mut candidates: Vec<u32> = candidates.into_iter().map(|(item, _)| item).collect();
    candidates.sort_unstable();
    let mut prompts = Encoded::default();
    for item in &candidates {
        prompts.push(&lab.split.ask(&earlier, *item), false, &lab.vocabulary);
    }
    let mut rank = async |model: &Recommender| -> Result<Vec<(u32, f64)>> {
        let scores = lab.p_yes_of_candidates(model, &prompts, host).await?;
        let mut ranked: Vec<(u32, f64)> = candidates.iter().copied().zip(scores).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(ranked)
    };
    let before = rank(&Recommender::from(lab.original.clone())).await?;
    let after = match &lab.unlearned {
        Some(model) => Some(rank(model).await?),
        None => None,
    };
    let top = |ranked: &[(u32, f64)], other: Option<&[(u32, f64)]>| -> Vec<Recommendation> {
        let others: HashMap<u32, u32> =
            other.map(|o| o.iter().zip(1..).map(|((item, _), rank)| (*item, rank)).collect()).unwrap_or_default();
        let entry = |((item, p), rank): (&(u32, f64), u32)| {
            let (title, genres) = title(lab, *item);
            Recommendation { item: *item, title, genres, p_yes: *p as f32, rank, other_rank: others.get(item).copied() }
        };
        ranked.iter().zip(1..).take(k as usize).map(entry).collect()
    };
    Ok(Reply::Recommendations {
        before: top(&before, after.as_deref()),
        after: after.as_ref().map(|ranked| top(ranked, Some(&before))),
        n_compared: candidates.len() as u32,
        n_candidates,
    })
}

/// What the models read of a person and an item.
pub async fn prompt(lab: &Lab, user: u32, item: u32) -> Result<Reply> {
    let (before, after) = lab.explain_item(user, item).await?;
    Ok(Reply::Prompt { title: title(lab, item).0, before, after })
}

fn n_train(lab: &Lab) -> HashMap<u32, u32> {
    let mut n: HashMap<u32, u32> = HashMap::new();
    for sample in &lab.split.train {
        *n.entry(sample.item).or_default() += 1;
    }
    n
}

/// Title with the year, and genres; authors where there are no genres.
fn title(lab: &Lab, item: u32) -> (String, Vec<String>) {
    match lab.dataset.item(item) {
        Some(found) => (
            found.year.map_or_else(|| found.title.clone(), |year| format!("{} ({year})", found.title)),
            if found.genres.is_empty() { found.authors.clone() } else { found.genres.clone() },
        ),
        None => (format!("item {item}"), Vec::new()),
    }
}
