//! The options that say how a table of ratings is read, where what is found out is not what is meant.

use crate::usage::{asked, wrong};
use anyhow::Result;
use clap::{Args, ValueEnum};
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::read_spec::{ColumnSpec, DateOrder, ReadSpec, Separator};
use unlearn_core::data::sheet::Assumption;
use unlearn_core::data::source::{look, read_and_tell};

/// How to read a table of ratings. What is left out is found out, and told.
#[derive(Args, Default)]
#[command(next_help_heading = "How a table is read")]
pub struct ReadArgs {
    /// The file with the ratings, where several are given.
    #[arg(long, value_name = "NAME")]
    ratings: Option<String>,
    /// Which column is which, by place from 0 or by name; without a time, the rows' order is that of time, and a title is optional too.
    #[arg(long, value_name = "user=0,item=1,rating=2,time=3", value_delimiter = ',', value_parser = crate::args::assignment)]
    columns: Vec<(String, String)>,
    /// What stands between two fields: , ; | :: tab or space.
    #[arg(long, value_parser = separator, value_name = "SIGN")]
    separator: Option<Separator>,
    /// Whether the first line names the columns: true or false.
    #[arg(long, value_name = "BOOL")]
    header: Option<bool>,
    /// The rating above which something is liked.
    #[arg(long, value_name = "RATING", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// The highest rating of the scale.
    #[arg(long, value_name = "RATING")]
    highest: Option<f64>,
    /// Whether 0 is the lowest rating, or stands for none: true or false.
    #[arg(long, value_name = "BOOL")]
    zero_is_rating: Option<bool>,
    /// What comes first in dates such as 03/04/2021.
    #[arg(long, value_name = "ORDER")]
    dates: Option<Order>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Order {
    DayFirst,
    MonthFirst,
}

impl ReadArgs {
    /// Reads a data set as these options say, with what was assumed beside them.
    pub fn read(&self, files: &[SourceFile]) -> Result<(Dataset, Vec<Assumption>)> {
        read_and_tell(files, &self.spec(files)?).map_err(asked)
    }

    /// What these options say, with columns by their places.
    pub fn spec(&self, files: &[SourceFile]) -> Result<ReadSpec> {
        let mut spec = ReadSpec {
            file: self.ratings.clone(),
            separator: self.separator,
            header: self.header,
            columns: None,
            threshold: self.threshold,
            highest: self.highest,
            zero_is_rating: self.zero_is_rating,
            dates: self.dates.map(|order| match order {
                Order::DayFirst => DateOrder::DayFirst,
                Order::MonthFirst => DateOrder::MonthFirst,
            }),
        };
        if !self.columns.is_empty() {
            spec.columns = Some(self.columns(files, &spec)?);
        }
        Ok(spec)
    }

    fn columns(&self, files: &[SourceFile], spec: &ReadSpec) -> Result<ColumnSpec> {
        let is_name = |(_, column): &(String, String)| column.parse::<u32>().is_err();
        let names: Vec<String> = if self.columns.iter().any(is_name) {
            look(files, spec).map_err(asked)?.columns.into_iter().map(|column| column.name).collect()
        } else {
            Vec::new()
        };
        let place = |text: &str| {
            let named = || names.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|at| at as u32);
            text.parse()
                .ok()
                .or_else(named)
                .ok_or_else(|| wrong(format!("columns: there is no column `{text}`, only {}", names.join(", "))))
        };
        let mut found: [(&str, Option<u32>); 5] = [("user", None), ("item", None), ("rating", None), ("time", None), ("title", None)];
        for (role, column) in &self.columns {
            let known = found.iter_mut().find(|(name, _)| name == role);
            let known = known.ok_or_else(|| wrong(format!("columns: must be user, item, rating, time or title, got `{role}`")))?;
            known.1 = Some(place(column)?);
        }
        let needed = |at: usize| found[at].1.ok_or_else(|| wrong(format!("columns: `{}` must be named too", found[at].0)));
        Ok(ColumnSpec { user: needed(0)?, item: needed(1)?, rating: needed(2)?, time: found[3].1, title: found[4].1 })
    }
}

fn separator(text: &str) -> Result<Separator, String> {
    Separator::parse(text).ok_or_else(|| "must be a comma, semicolon, tab, pipe (|), :: or space".to_owned())
}
