//! Replies that describe the data and the model to the page.

use crate::protocol::{AttackOffer, GenreSummary, ItemSummary, ModelFacts, Recommendation, Reply, UserRow, UserSummary};
use std::collections::{BTreeMap, HashMap, HashSet};
use unlearn_core::Result;
use unlearn_core::attack::report::AttackRequest;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::personal::{ShelfSpec, Titles, read_shelf};
use unlearn_core::data::read_spec::ReadSpec;
use unlearn_core::data::source;
use unlearn_core::host::Host;
use unlearn_core::model::Network;
use unlearn_core::report::RunRequest;
use unlearn_core::session::{self, Item, Rating, Session};
use unlearn_core::unlearn::METHODS;

/// The attacks of a request with their costs, if known.
pub fn attacks(session: &Session, request: &AttackRequest) -> Result<Reply> {
    let chosen = session.chosen_attacks(request)?;
    // Before a run there is nothing to attack, so the cost is unknown.
    let seconds = session.attack_costs(request).ok().flatten();
    let offers = chosen.into_iter().enumerate().map(|(at, (entry, params))| AttackOffer {
        entry: *entry,
        params,
        seconds: seconds.as_ref().and_then(|all| all.get(at).copied()),
    });
    Ok(Reply::AttackTable { attacks: offers.collect() })
}

/// The reply to a load: everything the page needs to show its controls.
pub fn loaded(session: &Session) -> Result<Reply> {
    let standard: HashSet<u32> = session.split.standard_forget_users.iter().copied().collect();
    let mut n_ratings: BTreeMap<u32, u32> = BTreeMap::new();
    for interaction in &session.dataset.interactions {
        *n_ratings.entry(interaction.user).or_default() += 1;
    }
    let mut n_train: HashMap<u32, u32> = HashMap::new();
    let mut n_genre: HashMap<&str, u32> = HashMap::new();
    for sample in &session.split.train {
        *n_train.entry(sample.user).or_default() += 1;
        for genre in session.dataset.item(sample.item).map(|item| item.genres.as_slice()).unwrap_or_default() {
            *n_genre.entry(genre).or_default() += 1;
        }
    }
    let everybody = n_ratings.into_iter().map(|(user, n_ratings)| UserSummary {
        user,
        name: session.dataset.user_name(user).map(str::to_owned),
        n_train: n_train.get(&user).copied().unwrap_or(0),
        n_ratings,
        standard: standard.contains(&user),
    });
    let (users, never_learned) = everybody.partition(|user| user.n_train > 0);
    let mut genres: Vec<_> = n_genre.into_iter().map(|(name, n_train)| GenreSummary { name: name.to_owned(), n_train }).collect();
    genres.sort_by(|a, b| b.n_train.cmp(&a.n_train).then_with(|| a.name.cmp(&b.name)));
    let selection = session.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
    let config = &session.manifest.config;
    let (n_described, n_rated) = session.dataset.n_described();
    Ok(Reply::Loaded {
        model: session.manifest.name.clone(),
        dataset: session.dataset.name.clone(),
        data: session.data_hash.clone(),
        data_mismatch: session.data_mismatch.clone(),
        notes: session.dataset.notes.clone(),
        n_rated: n_rated as u32,
        n_described: n_described as u32,
        n_params: session.original.n_params(unlearn_core::model::Trainable::Base),
        about: ModelFacts {
            kind: if session.manifest.text.is_some() { "text" } else { "items" }.into(),
            template: session.manifest.text.as_ref().map(|text| format!("{:?}", text.template).to_lowercase()),
            layers: config.num_hidden_layers() as u32,
            width: config.hidden_size() as u32,
            vocabulary: config.vocab_size() as u32,
            evaluated_rows: session.evaluated_rows(&selection),
            weight_bytes: session.original.weight_bytes(),
        },
        users,
        never_learned,
        genres,
        methods: METHODS.to_vec(),
        shipped: session.manifest.figures.clone(),
        sizes: session.sizes(&selection),
        floor: session.manifest.floor,
        proxy: session.manifest.proxy,
        baseline: session.baseline(),
        weakness: session.weakness(),
        taught: session.taught.as_ref().and_then(|taught| taught.report.clone()),
    })
}

/// A look at a person's own files.
pub fn look(files: &[SourceFile], read: &ReadSpec) -> Result<Reply> {
    Ok(Reply::Look { look: Box::new(source::look(files, read)?) })
}

/// One person's own ratings, matched to the data's items.
pub fn shelf(session: &Session, files: &[SourceFile], spec: &ShelfSpec) -> Result<Reply> {
    let shelf = read_shelf(files, spec)?;
    let titles = Titles::of(&session.dataset);
    let matches: Vec<_> = shelf.entries.iter().map(|entry| titles.find(entry)).collect();
    let named: HashSet<u32> = matches.iter().flat_map(|found| found.item.iter().chain(&found.others)).copied().collect();
    let n_train = session.n_train();
    let summary = |id: u32| {
        let Item { id, title, genres } = session.item(id);
        ItemSummary { item: id, title, genres, n_train: n_train.get(&id).copied().unwrap_or(0) }
    };
    Ok(Reply::Shelf { shelf: Box::new(shelf), matches, items: named.into_iter().map(summary).collect() })
}

/// A user's ratings with the models' answers before and after.
pub async fn user(session: &Session, user: u32, host: &mut dyn Host) -> Result<Reply> {
    let found = session.user(user, host).await?;
    let row = |rating: Rating| UserRow {
        item: rating.item.id,
        title: rating.item.title,
        genres: rating.item.genres,
        rating: rating.rating,
        time: rating.time as f64,
        set: rating.set.into(),
        before: rating.before,
        after: rating.after,
        expected: rating.expected,
    };
    Ok(Reply::User { user, rows: found.ratings.into_iter().map(row).collect() })
}

/// What a request selects, and its expected cost.
pub fn selection(session: &Session, request: &RunRequest) -> Result<Reply> {
    let selection = session.select(&request.forget)?;
    let (plan, setting, _) = session.plan(request, &selection)?;
    let users: HashSet<u32> = selection.forget.iter().map(|row| session.split.train[*row as usize].user).collect();
    let expected = session.expected(&request.forget, &selection);
    let (cost, memory) = (session.cost(request, &selection)?, session.step_memory(&plan, &setting));
    Ok(Reply::Selection {
        sizes: session.sizes(&selection),
        n_users: users.len() as u32,
        steps: plan.n_steps(&setting, session.manifest.training.batch),
        seconds: cost.map(|cost| cost.run),
        retrain_seconds: cost.map(|cost| cost.retrain),
        retrain: session.retrain_source(&selection).map(str::to_owned),
        memory,
        expected: expected.as_ref().ok().map(|expected| session.expectation(expected, &selection)),
        expected_missing: expected.err(),
    })
}

/// Items whose title contains `query`, most training rows first.
pub fn items(session: &Session, query: &str, limit: u32) -> Reply {
    let (query, n_train) = (query.to_lowercase(), session.n_train());
    let mut items: Vec<ItemSummary> = session
        .dataset
        .items
        .iter()
        .filter(|item| n_train.contains_key(&item.id) && item.title.to_lowercase().contains(&query))
        .map(|item| {
            let Item { id, title, genres } = session.item(item.id);
            ItemSummary { item: id, title, genres, n_train: n_train[&id] }
        })
        .collect();
    items.sort_by(|a, b| b.n_train.cmp(&a.n_train).then(a.item.cmp(&b.item)));
    items.truncate(limit as usize);
    Reply::Items { items }
}

/// The k items, not rated by the user, that each model ranks highest, each list with the ranks in the other.
pub async fn recommend(session: &Session, user: u32, k: u32, host: &mut dyn Host) -> Result<Reply> {
    let found = session.recommend(user, k, host).await?;
    let list = |list: Vec<session::Recommendation>| {
        let entry = |entry: session::Recommendation| Recommendation {
            item: entry.item.id,
            title: entry.item.title,
            genres: entry.item.genres,
            p_yes: entry.p_yes,
            rank: entry.rank,
            other_rank: entry.other_rank,
        };
        list.into_iter().map(entry).collect()
    };
    Ok(Reply::Recommendations {
        before: list(found.before),
        after: found.after.map(list),
        n_compared: found.n_compared,
        n_candidates: found.n_candidates,
    })
}

/// The prompt for a user and an item, and the models' answers to it.
pub async fn prompt(session: &Session, user: u32, item: u32) -> Result<Reply> {
    let (before, after) = session.explain_item(user, item).await?;
    Ok(Reply::Prompt { title: session.item(item).title, before, after })
}
