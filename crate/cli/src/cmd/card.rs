//! The licence file and the model card of a package.

use crate::report::number;
use std::fmt::Write;
use unlearn_core::data::text::TextSpec;
use unlearn_core::package::cross_fit::CROSS_FIT;
use unlearn_core::package::manifest::Manifest;

/// The data set that was written anew: its terms hold for RecBole's copy too.
fn origin(dataset: &str) -> &str {
    dataset.strip_prefix("recbole-").unwrap_or(dataset)
}

/// One-line licence for the manifest; `base` is the licence of the tuned language model, if there is one.
pub fn licence_line(dataset: &str, base: Option<&str>) -> String {
    let data = match origin(dataset) {
        "goodbooks-10k" => "CC BY-SA 4.0, as the data; see LICENCE.md",
        dataset if dataset.starts_with("goodreads") => "not for redistribution: the data are for academic use only; see LICENCE.md",
        "ml-1m" | "ml-10m" | "ml-100k" => "not for redistribution: the data's terms forbid it; see LICENCE.md",
        dataset if dataset.starts_with("ml-") => "the MovieLens data's terms: research, non-commercial, cite; see LICENCE.md",
        _ => "the data's own terms; see LICENCE.md",
    };
    base.map_or_else(|| data.to_owned(), |base| format!("language model: {base}; tuned on data under {data}"))
}

/// The licence file. It states that the code's licence does not cover weights trained on data under other terms.
pub fn licence(dataset: &str, base: Option<&str>) -> String {
    let terms = match origin(dataset) {
        "goodbooks-10k" => {
            "goodbooks-10k by Zygmunt Zajac is under the Creative Commons Attribution-ShareAlike 4.0 International licence. The weights are \
             shared under the same licence.\n\n\
             Please cite: Zygmunt Zajac. 2017. Goodbooks-10k: a new dataset for book recommendations. FastML.\n"
        }
        dataset if dataset.starts_with("goodreads") => {
            "The UCSD Book Graph data were collected from goodreads.com for academic use only; its makers ask that neither the data nor what \
             is made from them be handed on or used commercially. Keep weights that were made from them to yourself.\n\n\
             Please cite: Mengting Wan and Julian McAuley. 2018. Item Recommendation on Monotonic Behavior Chains. RecSys. Mengting Wan, Rishabh \
             Misra, Ndapa Nakashole and Julian McAuley. 2019. Fine-Grained Spoiler Detection from Large-Scale Review Corpora. ACL.\n"
        }
        "ml-1m" | "ml-10m" | "ml-100k" => {
            "The terms of this MovieLens release do not allow the data to be handed on without permission of the GroupLens Research Project, \
             University of Minnesota. Keep weights that were made from it to yourself; do not publish them.\n\n\
             Please cite: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on \
             Interactive Intelligent Systems 5, 4, 19:1-19:19. https://doi.org/10.1145/2827872\n"
        }
        dataset if dataset.starts_with("ml-") => {
            "The data come from MovieLens, run by the GroupLens Research Project at the University of Minnesota. What its terms ask, in our words:\n\n\
             - Research use. Neither commercial use nor use that earns money, unless a faculty member of GroupLens has allowed it beforehand.\n\
             - What is made from the data, these weights included, may be handed on under these same terms only.\n\
             - Publications that use it cite the paper below.\n\
             - Nobody may say or suggest that the University of Minnesota or GroupLens endorses them.\n\
             - There is no warranty of any kind: neither that the data are right nor that they suit a purpose.\n\n\
             The data's README has the terms themselves.\n\n\
             Please cite: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on \
             Interactive Intelligent Systems 5, 4, 19:1-19:19. https://doi.org/10.1145/2827872\n"
        }
        _ => "The terms of the data that the weights were trained on hold for the weights too.\n",
    };
    let from = match base {
        Some(licence) => format!(
            "The weights in this folder are those of a language model, cut down and tuned on the data set {dataset}; the tokenizer is the language \
             model's, unchanged. The language model's licence: {licence}."
        ),
        None => format!("The weights and the tokenizer in this folder were derived from the data set {dataset}."),
    };
    format!("# Licence of this model package\n\n{from} The licence of Unlearn Lab's code does not cover them.\n\n{terms}")
}

/// Model-card paragraph for models whose prompts contain a user profile.
const PROFILE: &str = "- Before the item asked about stand three words: the mean of all the user's earlier ratings, how many they are, and the mean of those of\n\
                       \x20 books by its first author (`m3.75 n6 a4.5x1`; `a-` where there are none).\n";

/// The model card; `has_authors` says whether the data set has authors, `reader` what read the titles.
pub fn readme(manifest: &Manifest, has_authors: bool, reader: Option<&str>) -> String {
    let (config, training) = (&manifest.config, &manifest.training);
    let mut text = manifest.text.as_ref().map(|spec| language_model(manifest, spec)).unwrap_or_else(|| format!(
        "# {}\n\nA small recommendation model for unlearning experiments, written by `unlearn train`. It reads up to ten rated items and one more item,\n\
         and answers whether that one will be liked (more than 3 of 5 stars). It was trained on {} and is of no use on anything else.\n\n\
         - Llama-family decoder, {} layers, width {}, {} tokens (one an item), {} output tokens; weights in 8 bits, one scale for 32 of them.\n\
         - An item's vector is {}; it is merged into the table after training.\n{}\
         - `model.safetensors` is Original, trained on every training row; `retrain.safetensors` is Retrain, trained without the paper's 20 %\n\
         \x20 of the training users; both from seed {}.\n\
         - Epochs {}, batch {}, AdamW with learning rate {} and weight decay {}, dropout {}, item dropout {}, auxiliary rating loss {}.\n\n\
         Measured on the 8-bit weights:\n\n| | test AUC | test ACC | test log loss | forget AUC | forget log loss | JSD from Retrain | training, s |\n\
         |---|---|---|---|---|---|---|---|\n",
        manifest.name,
        manifest.dataset,
        config.num_hidden_layers(),
        config.hidden_size(),
        config.vocab_size(),
        config.head_vocab_size(),
        vector(training.item_rows, has_authors, reader),
        if has_authors { PROFILE } else { "" },
        training.seed,
        training.epochs,
        training.batch,
        training.lr,
        training.weight_decay,
        training.dropout,
        training.item_dropout,
        training.auxiliary,
    ));
    for figures in &manifest.figures {
        let (test, forget) = (figures.test, &figures.forget);
        let cells = [
            figures.id.clone(),
            number(test.auc, 4),
            number(Some(test.acc), 4),
            number(Some(test.logloss), 4),
            number(forget.auc, 4),
            number(Some(forget.logloss), 4),
            number(forget.jsd, 5),
            number(Some(figures.seconds), 0),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if let Some(floor) = manifest.floor {
        let _ = writeln!(text, "| floor: Retrain with another seed | | | | | | {:.5} | |", floor.jsd);
    }
    let _ = writeln!(text, "\nUsers who are not in the training rows: log loss {:.4}.", manifest.proxy.unseen);
    if manifest.files.contains_key(CROSS_FIT) {
        text.push_str("\n`crossfit.safetensors` has the answers to every training row by models without the row's person, and by models without the row.\n");
    }
    if let Some(error) = manifest.cross_fit_error {
        let of_person = (error.of_model + error.of_row / 100.0).sqrt();
        let _ =
            writeln!(text, "For a person with 100 rows, the log loss that they expect is {of_person:.3} off Retrain's (root mean square).");
    }
    text.push_str("\nThe licence is the data's, not the code's: see LICENCE.md.\n");
    text
}

/// What an item's vector is made of.
fn vector(item_rows: bool, has_authors: bool, reader: Option<&str>) -> String {
    let own = match (item_rows, has_authors) {
        (false, true) => "its authors and its series",
        (false, false) => "",
        (true, true) => "its own row, its decade, its authors and its series",
        (true, false) => "its own row, its genres and its decade",
    };
    let read =
        reader.map(|reader| format!("what a language model read in its title, through one trained map (`titles.safetensors`: {reader})"));
    let parts: Vec<&str> = [own, read.as_deref().unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
    if item_rows { format!("{} in one", parts.join(", and ")) } else { format!("{} (no item has a row of its own)", parts.join(", and ")) }
}

/// The first part of the model card of a tuned language model.
fn language_model(manifest: &Manifest, text: &TextSpec) -> String {
    let (config, training) = (&manifest.config, &manifest.training);
    format!(
        "# {}\n\nA language model tuned to recommend, for unlearning experiments, written by `unlearn train --base`. It reads a prompt with up to ten rated\n\
         items in words and answers whether one more will be liked (more than 3 of 5 stars). It was tuned on {}.\n\n\
         - {}, {} layers, width {}, {} of its tokenizer's tokens: those that prompts about these data can need. Weights in 8 bits.\n\
         - Prompts by the template {:?}; the answer is one token, and the output layer has {} tokens.\n\
         - {}; {} epochs, batch {}, AdamW with learning rate {} and weight decay {}, seed {}.\n\
         - `model.safetensors` is Original, tuned on {}; `retrain.safetensors` is Retrain, tuned without the paper's 20 % of the\n\
         \x20 training users.\n\n\
         Measured on the 8-bit weights, on as many rows of a set as the model's size allows:\n\n\
         | | test AUC | test ACC | test log loss | forget AUC | forget log loss | JSD from Retrain | training, s |\n\
         |---|---|---|---|---|---|---|---|\n",
        manifest.name,
        manifest.dataset,
        config.family(),
        config.num_hidden_layers(),
        config.hidden_size(),
        config.vocab_size(),
        text.template,
        config.head_vocab_size(),
        text.rank
            .map_or_else(|| "Every weight was tuned".to_owned(), |rank| format!("Tuned by an adapter of rank {rank}, merged afterwards")),
        training.epochs,
        training.batch,
        training.lr,
        training.weight_decay,
        training.seed,
        text.rows.map_or_else(|| "every training row".to_owned(), |rows| format!("{rows} training rows, evenly spaced")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_set_has_its_own_terms() {
        assert!(
            licence("ml-latest-small", None).contains("10.1145/2827872")
                && licence_line("ml-latest-small", None).contains("non-commercial")
        );
        assert!(
            licence("ml-1m", None).contains("do not publish")
                && licence_line("ml-1m", Some("Apache-2.0")).contains("not for redistribution")
        );
        assert!(
            licence_line("recbole-ml-1m", None).contains("not for redistribution") && licence("ml-10m", None).contains("do not publish")
        );
        assert!(licence("goodbooks-10k", Some("Apache-2.0")).contains("ShareAlike"));
    }
}
