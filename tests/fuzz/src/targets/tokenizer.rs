//! Fuzz target for `tokenizer.json`, of a nano and of a language model, and for the use of one that opens.

use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::text::{Answers, Encoder, Specials, Template, TextSpec, TextVocabulary, needed_tokens};
use unlearn_core::data::tokenizer::ItemVocabulary;
use unlearn_core::package::vocabulary::order;

/// Words, digits, spaces, line ends, other scripts, a control character, an incomplete grapheme, and a text of a prompt's length.
const TEXTS: [&str; 6] =
    ["Yes", "No", "\n", " The user watched  \"Amélie (2001)\", 4.5 stars.\r\n", "漢字 \u{1f468}\u{200d}\u{1f469} \u{0}\u{301}", LONG];
const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b c d 0123456789 ................";

/// The input is the file.
pub fn run(bytes: &[u8]) -> bool {
    if let Ok(vocabulary) = ItemVocabulary::from_json(bytes) {
        assert!(vocabulary.len() >= vocabulary.first_item() as usize);
        vocabulary.items().for_each(|(item, _)| assert!(vocabulary.knows(item)));
    }
    let Ok(encoder) = Encoder::open(bytes) else { return false };
    for text in TEXTS {
        for with_specials in [false, true] {
            for id in encoder.ids(text, with_specials).unwrap_or_default() {
                let _ = encoder.text(id);
            }
        }
    }
    let n_tokens = encoder.all_ids().into_iter().max().map_or(0, |id| id as usize + 1);
    let _ = (encoder.pre_tokenizer(), encoder.normalizer(), encoder.id_of("Yes"));
    // Does what an import does, and then a session.
    if n_tokens > 1 << 16 {
        return true;
    }
    let Ok(kept) = order(&encoder, &Specials::default(), ["No", "Yes"], n_tokens) else { return true };
    let dataset = dataset();
    let answers = Answers::default();
    let spec =
        TextSpec { template: Template::Simple, kept, answers, specials: Specials::default(), rows: None, rank: None, eval_rows: None };
    let _ = needed_tokens(&dataset, bytes, Template::Simple);
    if let Ok(vocabulary) = TextVocabulary::new(bytes, &spec, &dataset) {
        let units: Vec<u32> = (0..vocabulary.wording().n_units() as u32).collect();
        assert_eq!(vocabulary.n_tokens(&units), vocabulary.prompt(&units).len());
    }
    true
}

fn dataset() -> Dataset {
    let file = |name: &str, text: &str| SourceFile { name: name.into(), bytes: text.as_bytes().to_vec() };
    let ratings = file("ratings.csv", "userId,movieId,rating,timestamp\n7,2,0.5,30\n7,1,5.0,20\n");
    let movies = file("movies.csv", "movieId,title,genres\n2,\"Heat, \"\"The\"\" (1995)\",Action|Crime\n1,Amélie,(no genres listed)\n");
    read_dataset(&[ratings, movies]).expect("the files are sound")
}
