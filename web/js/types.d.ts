/** Types shared by the page's modules. The wire types come from the Rust crate; `AsJson` is what the worker makes of them. */
import type * as Wire from './generated/unlearn_web.js';

/** A wire type as plain JSON: maps as objects, missing values as null. */
export type AsJson<T> = T extends undefined
  ? null | undefined
  : T extends Map<string, infer V>
    ? Record<string, V>
    : T extends Uint8Array
      ? T
      : T extends (infer U)[]
        ? AsJson<U>[]
        : T extends object
          ? { [K in keyof T]: K extends 'request' ? RunRequest | null | undefined : AsJson<T[K]> }
          : T;

export type Reply = AsJson<Wire.Reply>;
export type LabEvent = AsJson<Wire.Event>;
export type Checkpoint = AsJson<Wire.Checkpoint>;
export type Report = AsJson<Wire.Report>;
export type MethodFigures = AsJson<Wire.MethodFigures>;
export type MethodEntry = AsJson<Wire.MethodEntry>;
export type ParamEntry = MethodEntry['params'][number];
export type Quality = AsJson<Wire.Quality>;
export type ForgetFigures = AsJson<Wire.ForgetFigures>;
export type Divergence = AsJson<Wire.Divergence>;
export type SetSizes = AsJson<Wire.SetSizes>;
export type UserRow = AsJson<Wire.UserRow>;
export type Recommendation = AsJson<Wire.Recommendation>;
export type Explanation = AsJson<Wire.Explanation>;
export type StepMemory = AsJson<Wire.StepMemory>;
export type Check = AsJson<Wire.Check>;
export type LossTerms = AsJson<Wire.LossTerms>;
export type Phase = Wire.Phase;
export type Control = Wire.Control;
export type NamedBytes = Wire.NamedBytes;
export type AttackOffer = AsJson<Wire.AttackOffer>;
export type AttackReport = AsJson<Wire.AttackReport>;
export type Finding = AsJson<Wire.Finding>;
export type Chart<K extends Wire.Chart['type']> = AsJson<Extract<Wire.Chart, { type: K }>>;
export type Loaded = Extract<Reply, { type: 'loaded' }>;
export type Look = AsJson<Wire.Look>;
export type ReadSpec = AsJson<Wire.ReadSpec>;
export type Role = Wire.Role;
export type SampleRow = AsJson<Wire.SampleRow>;
export type MovedWeight = AsJson<Wire.MovedWeight>;
export type Shelf = AsJson<Wire.Shelf>;
export type ShelfSpec = AsJson<Wire.ShelfSpec>;
export type ShelfColumns = AsJson<Wire.ShelfColumns>;
export type ShelfEntry = AsJson<Wire.Entry>;
export type ShelfMatch = AsJson<Wire.Match>;
export type ShelfReply = Extract<Reply, { type: 'shelf' }>;
export type Person = AsJson<Wire.Person>;
export type TeachSpec = AsJson<Wire.TeachSpec>;
export type TeachReport = AsJson<Wire.TeachReport>;
export type ItemSummary = AsJson<Wire.ItemSummary>;

/** What metrics are measured on; tables have their columns in this order. */
export interface MetricGroup {
  id: 'test' | 'stay' | 'forget' | 'distance' | 'traces' | 'fairness' | 'cost' | 'validation';
  label: string;
}

/** A line of core's metric table, as far as the page shows it. */
export interface MetricEntry {
  /** Key of a column, in files too. */
  id: string;
  /** Where it stands in a line of a report. */
  path: string;
  /** Its name in a table without groups. */
  label: string;
  /** Its name below its group's. */
  short: string;
  group: MetricGroup['id'];
  format: 'fixed' | 'figure' | 'p_value' | 'percent' | 'seconds' | 'times' | 'count' | 'bytes';
  digits: number;
  better: 'higher' | 'lower' | 'near_retrain' | 'near_zero' | 'near_half' | 'near_one';
  /** What Retrain itself has by definition. */
  ofRetrain: number | null;
  /** `figures`: the result table; `comparison`: the tab Compare; `main`: what of it a narrow screen shows first. */
  shown: ('figures' | 'comparison' | 'main')[];
  /** Whether a table in which no line has it leaves it out. */
  rare: boolean;
  help: string;
  /** Its definition in plain text. */
  formula: string;
  /** Where it was published; empty for what needs no source. */
  citation: string;
  /** What to know before taking it as a sign of forgetting; empty if nothing. */
  caveat: string;
}

export type Selection = Extract<Reply, { type: 'selection' }>;

export interface ForgetSpec {
  users?: number[];
  items?: number[];
  genre?: string;
  /** One person's rows of a genre. */
  interest?: [number, string];
  /** Items with one of these words in title or genres. */
  words?: string[];
  interactions?: [number, number][];
  standard?: boolean;
  percent?: number;
  shuffle?: number;
  core?: number;
  edge?: number;
  /** Several requests at once. */
  any?: ForgetSpec[];
}

/** A request as the page builds it. */
export interface RunRequest {
  method: string;
  forget: ForgetSpec;
  params: Record<string, number>;
  steps?: number;
  seed: number;
  eval_every: number;
}

/** Attacks as the page asks for them: all if none is named. */
export interface AttackRequest {
  attacks: string[];
  /** By attack and parameter, what differs from the defaults. */
  params: Record<string, Record<string, number>>;
  seed: number;
}

/** A command as the page builds it; the engine's deserialiser takes objects where the declared type says Map. */
export type Command =
  | Extract<Wire.Command, { type: 'start' | 'load' | 'user' | 'items' | 'recommend' | 'explain' | 'adapter' | 'record' | 'reset' | 'cases' | 'conform' | 'product' | 'lose' }>
  | { type: 'add_retrain' | 'add_cross_fit'; bytes: Uint8Array }
  | { type: 'select'; request: RunRequest }
  | { type: 'run'; request: RunRequest; checkpoint_every: number; resume: NamedBytes[] }
  | { type: 'retrain'; forget: ForgetSpec; seed: number }
  | { type: 'attack' | 'attack_table'; request: AttackRequest }
  | { type: 'look'; data: NamedBytes[]; read: ReadSpec }
  | { type: 'train'; data: NamedBytes[]; read?: ReadSpec; seed: number; epochs: number; folds: number }
  | { type: 'shelf'; files: NamedBytes[]; spec: ShelfSpec }
  | { type: 'teach'; model: NamedBytes[]; data: NamedBytes[]; person: Person; spec: Partial<TeachSpec> };

export type DeviceKind = 'cpu' | 'gpu';
export type DeviceWish = 'auto' | 'cpu' | 'webgpu';

/** What is known of one engine. */
export interface EngineStatus {
  state: 'off' | 'starting' | 'ready' | 'absent' | 'software' | 'failed';
  device: string;
  reason: string;
  checks: Check[];
  restarts: number;
  /** Engines that share the work. */
  threads: number;
}

export interface DeviceStatus {
  cpu: EngineStatus;
  gpu: EngineStatus;
}

/** An error as the page shows it. */
export interface ErrorInfo {
  code: string;
  message: string;
  kept: string;
  todo: string;
}

export type ChoiceKind = 'person' | 'genre' | 'ratings' | 'standard' | 'requests';

export interface Choice {
  kind: ChoiceKind;
  user: number | null;
  genre: string | null;
  picked: Record<number, number[]>;
  /** Requests that are to be forgotten at once. */
  combined: ForgetSpec[];
}

/** A request whose run has ended. */
export interface PastRequest {
  forget: ForgetSpec;
  label: string;
  method: string;
  params: Record<string, number>;
  steps: number | null;
  seed: number;
  device: DeviceKind;
  /** Forget AUC. */
  before: number | null;
  after: number | null;
  adapter: string | null;
  /** What came of making it again. */
  again: 'busy' | 'same' | 'other' | null;
}

export interface UserEntry {
  status: 'busy' | 'ready' | 'error';
  rows: UserRow[];
  error: ErrorInfo | null;
}

export interface EvalPoint {
  step: number;
  test: Quality;
  forget: ForgetFigures;
}

/** A run that ended in the middle, and can go on. */
export interface InterruptedRun {
  id: string;
  request: RunRequest;
  device: DeviceWish;
  /** Key of its data set, name of its model. */
  dataset: string;
  model: string;
  /** When its checkpoint was written, ms since 1970. */
  at: number;
  step: number;
  total: number;
}

/** What was seen of a run, as its checkpoint keeps it. */
export interface SeenOfRun {
  losses: LossTerms[];
  evals: EvalPoint[];
  /** The student's steps; 0 while unknown. */
  total: number;
}

export interface RunInfo {
  kind: 'run' | 'retrain';
  request: RunRequest;
  device: DeviceKind;
  /** Where it goes on, if it was interrupted. */
  from?: { step: number; seen: SeenOfRun };
}

export interface RunState {
  status: 'idle' | 'running' | 'done' | 'cancelled' | 'error';
  paused: boolean;
  cancelling: boolean;
  kind: 'run' | 'retrain';
  label: string;
  phase: Phase | null;
  seen: Phase[];
  done: number;
  total: number;
  /** By the page's clock, ms; pauses are taken out of `elapsed`. */
  startedAt: number;
  pausedAt: number | null;
  pausedMs: number;
  elapsed: number;
  left: number | null;
  step: number;
  losses: LossTerms[];
  evals: EvalPoint[];
  moments: Moments;
  /** Steps between two figures; 0: none were asked for. */
  every: number;
  forgetKey: string;
  /** What happened to it that it survived, in a sentence. */
  notice: string;
  error: ErrorInfo | null;
}

/** One run as the comparison keeps it, here and in a reference file. */
export interface CompareRow {
  id: string;
  seed: number;
  label: string;
  setting: string;
  params: Record<string, number>;
  forget_set: string;
  test: Quality;
  forget: ForgetFigures;
  neighbour: Quality | null;
  fairness?: MethodFigures['fairness'];
  /** Where the next liked items are ranked; only where a run was asked for it. */
  ranking?: MethodFigures['ranking'];
  seconds: number | null;
  trainable_params: number | null;
  peak_bytes: number | null;
  gap_closed: number | null;
  device: string;
  /** `this device`, `shipped`, `reference`, or `elsewhere`: opened from a file, whose origin then stands in `from`. */
  source: string;
  from?: Elsewhere;
}

/** Where a row comes from that was not measured on this device. */
export interface Elsewhere {
  /** Rows of one file, device and program: they make lines of their own. */
  group: string;
  file: string;
  device: string;
  /** Of the program, as far as the file says it. */
  version: string;
  commit: string;
  date: string;
}

/** A file whose rows were opened into the comparison. */
export interface OpenedFile {
  /** Of its content, so that no file is there twice. */
  id: string;
  name: string;
  rows: CompareRow[];
  /** What was left out and why, in sentences. */
  notes: string[];
}

/** What `unlearn compare` writes. */
export interface Reference {
  version: number;
  dataset: string;
  /** Hashes of the data it was measured on. */
  data: { ratings: string; metadata: string } | null;
  methods: CompareRow[];
  summary: { id: string; setting: string; label: string; vs?: unknown }[];
  floor: Divergence | null;
  baseline: { auc: number | null; acc: number; logloss: number } | null;
  created_with: { command?: string; date?: string; version?: string } | null;
}

/** A method, one of its settings, one seed. */
export interface Cell {
  method: string;
  label: string;
  setting: string;
  preset: string | null;
  params: Record<string, number>;
  seed: number;
}

export interface CompareState {
  /** `method/preset` of what is ticked; null until the table is known. */
  picks: string[] | null;
  seeds: number;
  steps: number | null;
  status: 'idle' | 'running' | 'done' | 'cancelled';
  cells: Cell[];
  /** Index of the cell in work. */
  at: number;
  /** Expected seconds of each cell. */
  seconds: (number | null)[];
  /** Forget set of the comparison in work. */
  forget: ForgetSpec | null;
  forgetKey: string;
  label: string;
  /** Every run of this session, of any forget set. */
  rows: CompareRow[];
  /** Files of runs made elsewhere, beside what was wrong with those that could not be opened. */
  opened: { files: OpenedFile[]; busy: boolean; refused: ErrorInfo[]; notice: string };
  /** What each forget set's reports said beside their rows. */
  beside: Record<string, { floor: Divergence | null; baseline: Quality | null }>;
  /** By table key: what went wrong. */
  failed: Record<string, ErrorInfo>;
  error: ErrorInfo | null;
  /** The shipped table; `key` is the data set it was looked for. */
  reference: { key: string; status: 'none' | 'busy' | 'ready' | 'failed' | 'other'; value: Reference | null };
  sort: { by: string; descending: boolean } | null;
  /** Columns in view; null: as the width of the window has it. */
  group: 'main' | 'all' | 'utility' | 'forgetting' | 'membership' | 'cost' | null;
  /** Family of the methods in view; null: all. */
  family: MethodEntry['family'] | null;
  /** Key of the line whose people are looked at. */
  open: string | null;
}

export interface AttackState {
  status: 'idle' | 'running' | 'done' | 'cancelled';
  /** Every attack, with what it will cost; empty until they were asked for. */
  offers: AttackOffer[];
  /** What the person set. */
  params: AttackRequest['params'];
  /** Attacks that are to be made, and the one in work. */
  queue: string[];
  now: string;
  /** Share of the one in work that is done, 0 to 1, and seconds that are left. */
  share: number;
  left: number | null;
  /** By attack. */
  findings: Record<string, Finding>;
  /** The report without its findings. */
  about: Omit<AttackReport, 'findings'> | null;
  error: ErrorInfo | null;
}

/** Files of one's own that are kept on this device, and how a model was trained on them. */
export interface KeptOwn {
  version: 1;
  /** When it was trained, ms since 1970, and how long that took. */
  at: number;
  seconds: number;
  settings: { read: ReadSpec; seed: number; epochs: number; folds: number; device: DeviceWish };
  files: { name: string; bytes: number; sha256: string }[];
}

export interface DataState {
  /** Key of what is loaded. */
  key: string;
  /** What this site has. */
  sets: { key: string; label: string; licence: string; terms: string | null }[];
  status: 'ready' | 'busy' | 'error';
  /** Key of what is being loaded. */
  next: string;
  what: string;
  done: number;
  total: number;
  left: number | null;
  /** Whether the panel for own files is open. */
  own: boolean;
  /** What is kept of own files: of those in use, if they are; `unkept`: why nothing is, in words. */
  kept: KeptOwn | null;
  unkept: string;
  error: ErrorInfo | null;
}

/** What is known of a model without loading it. */
export interface ModelInfo {
  /** One token an item, or a language model. */
  kind: 'items' | 'text';
  /** What it knows an item by: a row of its own, what a language model read in its title, both, or the title's words in the prompt. Absent in a list that an earlier version stored. */
  reads?: 'items' | 'titles' | 'items and titles' | 'words';
  /** AUC on the test set when it was made. */
  auc?: number | null;
  /** The logistic baseline's. */
  baseline?: number | null;
  /** AUC on the forget users' rows beyond that of a Retrain that never saw them. */
  remembers?: number | null;
  /** Data it was trained on; empty: any. */
  dataset: string;
  licence: string;
  quantisation: string;
  template: string | null;
  layers: number;
  width: number;
  vocabulary: number;
  parameters: number;
  /** Bytes of its weights in memory, at most. */
  memory: number;
}

/** A model that can be had. */
export interface ModelEntry extends ModelInfo {
  name: string;
  source: 'site' | 'own';
  /** Data set whose own model it is: it comes with the page. */
  set: string | null;
  /** Bytes of its files. */
  bytes: number;
  /** Bytes of it that are stored. */
  have: number;
  state: 'built-in' | 'absent' | 'partial' | 'stored';
  /** Told by `unlearnLab.models()`. */
  inUse?: boolean;
}

/** Work on a model. */
export interface ModelJob {
  kind: 'download' | 'import';
  what: string;
  done: number;
  /** 0 while unknown. */
  total: number;
  error: ErrorInfo | null;
}

export interface ModelsState {
  status: 'none' | 'busy' | 'ready' | 'error';
  list: ModelEntry[];
  /** Name of the model in use, and of the one that is being loaded. */
  using: string;
  next: string;
  storage: { usage: number; quota: number } | null;
  jobs: Record<string, ModelJob>;
  error: ErrorInfo | null;
  /** What was done, in a sentence. */
  notice: string;
}

/** What the models read of one question. */
export interface PromptState {
  user: number;
  item: number;
  status: 'busy' | 'ready' | 'error';
  title: string;
  before: Explanation | null;
  after: Explanation | null;
  error: ErrorInfo | null;
}

/** The dialog “Privacy”. */
export interface PrivacyState {
  open: boolean;
  /** What the browser says of the network. */
  online: boolean;
  /** Requests in the list; the list itself is in requests.js. */
  seen: number;
}

/** The copy of the page on this device. */
export interface OfflineState {
  status: 'unknown' | 'none' | 'making' | 'ready';
  /** Why there is none. */
  why: string;
  /** Bytes that are kept, of those of this version that can be. */
  kept: number;
  total: number;
  /** Files that could not be kept. */
  failed: number;
  /** Whether everything is being kept because it was asked for. */
  filling: boolean;
  /** This version is without WebGPU, and one with it is being built. */
  coming: boolean;
  /** A new version waits; `later`: the person wants it another time. */
  update: boolean;
  later: boolean;
}

/** A title in the game, with the model’s answers about it: before, after forgetting, and as expected of a model that never saw the person. */
export interface GameItem {
  item: number;
  title: string;
  genres: string[];
  rating: number;
  before: number | null;
  after: number | null;
  expected: number | null;
}

/** The two of a round, in the order in which they are shown: one was loved, one was not. */
export type GameRound = [GameItem, GameItem];

/** Shares of all pairs in which the liked one is put first. */
export interface GameShares {
  pairs: number;
  before: number;
  after: number | null;
  expected: number | null;
}

/** What is played: a person, three rounds, and the figures behind them. */
export interface GameScene {
  dataset: string;
  item: 'film' | 'book';
  /** People that the model learned from, and those that the rule drew. */
  people: number;
  drawn: number;
  user: number;
  /** Ratings of theirs that the model learned from. */
  ratings: number;
  shelf: { title: string; rating: number }[];
  rounds: GameRound[];
  shares: GameShares;
  /** The other people whom the rule drew, all pairs of each; `same`: the share of pairs whose order is as before. */
  others: { users: number[]; pairs: number; before: number; after: number | null; same: number | null };
}

export interface GameState {
  /** Whether it stands above the lab. */
  open: boolean;
  /** Counts parts of the package that came later: the answers that are expected are one. */
  parts: number;
  scene: GameScene | null;
  source: 'none' | 'recorded' | 'live';
  stage: 'guess' | 'shares' | 'running' | 'again' | 'end';
  round: number;
  /** What was guessed, by round: of the person, and then of the model. */
  picks: (0 | 1)[];
  again: (0 | 1)[];
  /** What has forgotten; without a report it is the recorded one. */
  run: { report: Report | null; seconds: number; device: string } | null;
  /** A live scene that waits, since a recorded run is looked at. */
  waiting: GameScene | null;
  /** What was guessed was about other pairs, and is gone. */
  restarted: boolean;
  error: ErrorInfo | null;
}

/** A step of the tour that is done: by the reader, or shown to them. `closeness`: 0 to 10 where a figure was asked for; `says`: the figures it was done with. */
export interface TourDone {
  by: 'you' | 'shown';
  closeness: number | null;
  says: string;
}

/** What unlearning a choice costs beside a Retrain, in seconds on this device. */
export interface TourPrice {
  label: string;
  seconds: number;
  retrain: number;
  /** The Retrain was trained here, and its time is no estimate. */
  measured: boolean;
}

export interface TourState {
  open: boolean;
  /** 0 to 5, and 6 for the end; null: where it was left. */
  step: number | null;
  /** The lesson that is looked at in place of a step; empty: none. */
  lesson: string;
  /** Folded to a line, where it is a sheet at the lower edge. */
  folded: boolean;
  /** By step. */
  done: (TourDone | null)[];
  /** What was looked at in the second step. */
  prices: { many: TourPrice | null; one: TourPrice | null };
  /** The step that is being done for the reader, and why it could not be. */
  showing: number | null;
  error: ErrorInfo | null;
}

/** What a run told of its sample at one of its steps. */
export interface Moment {
  step: number;
  /** The adapter was scaled since. */
  calibrated: boolean;
  p_yes: number[];
  places: [number, number][];
  moved: MovedWeight[];
}

/** The answers to a sample over a run: its rows, and what was told of them step by step. */
export interface Moments {
  rows: SampleRow[];
  list: Moment[];
}

/** A finished run that is kept on this device, as the list shows it. */
export interface KeptRun {
  version: 1;
  id: string;
  /** When it ended, ms since 1970. */
  at: number;
  /** What was forgotten, in words; of one's own data as the files call people. */
  label: string;
  /** Names of method and setting. */
  method: string;
  setting: string;
  request: RunRequest;
  device: DeviceKind;
  /** Key of its data set, and hashes of the data. */
  dataset: string;
  data: { ratings: string; metadata: string } | null;
  model: string;
  /** Whether it was of one's own files. */
  own: boolean;
  sizes: { forget: number; retain: number };
  /** AUC on the test and the forget set, and loss on the latter, of Original and of what the run left. */
  before: { test: number | null; forget: number | null; loss: number | null };
  after: { test: number | null; forget: number | null; loss: number | null };
  seconds: number | null;
  elapsed: number;
  adapter_sha256: string | null;
  files: { name: string; bytes: number; sha256: string }[];
}

/** What opens a kept run again. */
export interface RunRecord {
  report: Report;
  losses: LossTerms[];
  evals: EvalPoint[];
  moments: Moments;
}

/** The page's settings, as a session file has them. */
export interface SessionSettings {
  data: string;
  model: string;
  method: string;
  preset: string | null;
  params: Record<string, number>;
  steps: number | null;
  seed: number;
  forget: ForgetSpec | null;
  smooth: boolean;
  histogram: 'all' | 'liked' | 'disliked';
}

export interface HistoryState {
  status: 'none' | 'busy' | 'ready' | 'error';
  /** Newest first. */
  list: KeptRun[];
  /** The run whose model the engine holds. */
  held: string | null;
  /** Runs that are to be compared, at most two, and what was read of them. */
  picked: string[];
  pair: { about: KeptRun; record: RunRecord }[];
  /** Why runs are not kept, in words; empty if they are. */
  unkept: string;
  error: ErrorInfo | null;
  /** What was done, in a sentence. */
  notice: string;
}

/** What the linked views look at. */
export interface FocusState {
  /** Index of the moment that the scrubber stands at; null: the newest. */
  at: number | null;
  /** The step under the cursor of a chart. */
  step: number | null;
  /** What is pointed at, and what is held by a press: a person, an item, a rating of the sample. */
  aim: { kind: 'user' | 'item' | 'row'; id: number } | null;
  held: { kind: 'user' | 'item' | 'row'; id: number } | null;
  /** The weight that is pointed at. */
  weight: string | null;
  playing: boolean;
  speed: number;
}

/** A person's own ratings: read, matched and decided on. They stand nowhere but here, and go with the tab. */
export interface YouState {
  /** Key of the data that they are matched to. */
  of: string;
  /** Key of the shipped data whose model was taught. */
  base: string;
  status: 'idle' | 'busy';
  files: NamedBytes[];
  shelf: Shelf | null;
  /** What each rating of the file is matched to, in its order. */
  matches: ShelfMatch[];
  /** What a person decided: the item, or null to leave the rating out; by its place. */
  choices: Record<number, number | null>;
  /** Titles of items that are named. */
  titles: Record<number, string>;
  /** Ratings that were given here. */
  list: { item: number; title: string; stars: number }[];
  error: ErrorInfo | null;
}

export interface State {
  focus: FocusState;
  history: HistoryState;
  game: GameState;
  tour: TourState;
  privacy: PrivacyState;
  offline: OfflineState;
  /** The page is about to be loaded again because a person asked for it. */
  leaving: boolean;
  tab: 'forget' | 'compare' | 'attacks' | 'models' | 'runs' | 'you';
  you: YouState;
  models: ModelsState;
  /** The dialog that shows a prompt; null while it is closed. */
  prompt: PromptState | null;
  data: DataState;
  compare: CompareState;
  attacks: AttackState;
  /** The run whose model the engine holds. */
  last: { method: string; params: Record<string, number>; steps: number | null; seed: number; forgetKey: string } | null;

  boot: { status: 'loading' | 'ready' | 'error'; done: number; total: number; what: string; error: ErrorInfo | null };
  device: DeviceStatus;
  loaded: Loaded | null;
  choice: Choice;
  users: Record<number, UserEntry>;
  selection: { status: 'empty' | 'busy' | 'ready' | 'error'; value: Selection | null; error: ErrorInfo | null };
  setup: {
    method: string;
    preset: string | null;
    params: Record<string, number>;
    steps: number | null;
    seed: number;
    device: DeviceWish;
    evalEvery: number | null;
  };
  run: RunState;
  /** The newest run that ended in the middle. */
  interrupted: InterruptedRun | null;
  result: {
    report: Report | null;
    /** Seconds from Start to the report, pauses left out. */
    elapsed: number;
    label: string;
    kind: DeviceKind;
    lost: boolean;
    /** The kept run that it was opened from; null for one that was just made. */
    kept: KeptRun | null;
    /** Whether a part of it was taken along: a report, the adapter, the merged model. */
    saved: boolean;
    notice: ErrorInfo | null;
    /** Name of the model that was stored with the adapter in its weights; empty while it is made. */
    merged: string | null;
  };
  /** What the last reset dropped, as long as it can be had back: figures, not the adapter. */
  dropped: { run: RunState; result: State['result']; attacks: AttackState; rows: CompareRow[]; beside: CompareState['beside'] } | null;
  /** The requests of this session, oldest first. */
  pastRequests: PastRequest[];
  retrains: Record<string, MethodFigures>;
  recommendations: {
    user: number | null;
    status: 'empty' | 'busy' | 'ready' | 'error';
    before: Recommendation[];
    after: Recommendation[] | null;
    /** Items that were compared, of those that could have been. */
    compared: [number, number];
    error: ErrorInfo | null;
  };
  view: { smooth: boolean; histogram: 'all' | 'liked' | 'disliked'; theme: 'auto' | 'light' | 'dark'; scheme: number; threads: number | null };
}
