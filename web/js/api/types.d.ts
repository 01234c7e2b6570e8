/** The script interface: its calls, and what they take. What each means to a person is in API.md, which a test holds against these types. */
import type { SeenRequest } from '../platform/request-observer.js';
import type {
  AttackOffer, AttackReport, Checkpoint, CompareRow, DeviceStatus, DeviceWish, Explanation, Finding, ForgetSpec, InterruptedRun, ItemSummary, KeptOwn, LabEvent, Loaded, Look, ModelEntry, ModelJob,
  NamedBytes, Person, ReadSpec, Recommendation, Report, Selection, ShelfReply, ShelfSpec, TeachSpec, UserRow,
} from '../types.d.ts';

export interface RunOptions {
  /** Id from the method table; `e2urec` if left out. */
  method?: string;
  /** What to forget; `{standard: true}` is the paper’s 20 % of users. */
  forget: ForgetSpec;
  /** Parameters that differ from the method's defaults. */
  params?: Record<string, number>;
  /** The student's steps; the method's default for this forget set if left out. */
  steps?: number;
  /** 1 if left out. */
  seed?: number;
  /** `auto` if left out. */
  device?: DeviceWish;
  /** Steps between two live evaluations; 0 (only at the end) if left out. */
  evalEvery?: number;
  onEvent?: (event: LabEvent) => void;
  /** Aborting it has the effect of `cancel()` on this call. */
  signal?: AbortSignal;
}

export interface CompareOptions {
  /** `method` or `method/preset`; every method with its first preset if left out. */
  methods?: (string | { method: string; preset?: string })[];
  /** `[1]` if left out. */
  seeds?: number[];
  forget: ForgetSpec;
  /** The student's steps of every run; the method's default if left out. */
  steps?: number;
  device?: DeviceWish;
  /** Called with each row when it is done. */
  onRow?: (row: CompareRow) => void;
  signal?: AbortSignal;
}

export interface AttackOptions {
  /** Ids from the attack table; all of them if left out. */
  attacks?: string[];
  /** By attack and parameter, what differs from the defaults. */
  params?: Record<string, Record<string, number>>;
  seed?: number;
  onEvent?: (event: LabEvent) => void;
  /** Called with each finding when it is made. */
  onFinding?: (finding: Finding) => void;
  signal?: AbortSignal;
}

export interface LookOptions {
  files: NamedBytes[];
  /** How to read them; what is left out is found out. */
  read?: ReadSpec;
}

export interface ShelfOptions {
  /** One person's export: a file, or the archive that a service gives. */
  files: NamedBytes[];
  /** How to read it; what is left out is found out. */
  read?: ShelfSpec;
}

export interface TeachOptions {
  /** Their ratings, by the items' numbers in the loaded data. */
  person: Person;
  /** How they are taught; what is left out is as usual. */
  spec?: Partial<TeachSpec>;
  device?: DeviceWish;
  onEvent?: (event: LabEvent) => void;
  signal?: AbortSignal;
}

export interface TrainOptions {
  files: NamedBytes[];
  /** How to read them; what is left out is found out, as `look` tells. */
  read?: ReadSpec;
  seed?: number;
  epochs?: number;
  /**
   * Further models to train, each without as large a part of the people: they say what to expect of a model that never saw a person, which calibrates runs; 0 for
   * none, if left out.
   */
  folds?: number;
  device?: DeviceWish;
  onEvent?: (event: LabEvent) => void;
  signal?: AbortSignal;
}

/** Of work on a model. */
export interface WorkOptions {
  onProgress?: (job: ModelJob) => void;
  /** Aborting it pauses a download, and ends an import. */
  signal?: AbortSignal;
}

export type Quantisation = 'keep' | 'q8' | 'q4' | 'f32';

export interface ImportOptions {
  /** What it is to be called; after its files if left out. */
  name?: string;
  /** `keep` if left out. */
  quantisation?: Quantisation;
  /** How a prompt is worded: `simple` is the paper's, `compact` has about a hundred tokens. */
  template?: 'simple' | 'compact';
  onProgress?: (job: ModelJob) => void;
}

/** A user's best unseen items. */
export interface Recommendations {
  before: Recommendation[];
  /** Null before a run. */
  after: Recommendation[] | null | undefined;
  /** Items that were compared, of those that could have been. */
  n_compared: number;
  n_candidates: number;
}

/** What the page offers to scripts as `window.unlearnLab`, and what the package opens. */
export interface Api {
  /** Version of the page or package. */
  version: string;
  /** Resolves when the model and its data are loaded. */
  ready: Promise<Loaded>;
  /** What is loaded now: users, genres, methods with their parameters, shipped figures. */
  info(): Promise<Loaded>;
  /** State of both engines, self-tests included. */
  device(): DeviceStatus;
  setThreads(n: number | null): Promise<void>;
  /** Every request of the page, its workers and the offline copy, oldest first; in the package, of what is its own. */
  requests(): Promise<SeenRequest[]>;

  /** Unlearns. One run at a time. */
  run(options: RunOptions): Promise<Report>;
  /** Trains Retrain for a forget set: a model that never sees it. Later runs are compared with it. */
  retrain(options: Pick<RunOptions, 'forget' | 'seed' | 'device' | 'onEvent' | 'signal'>): Promise<Report>;
  /** What a run would forget and cost; nothing is run. */
  select(options: RunOptions): Promise<Selection>;
  /** Runs methods × seeds one after another, and resolves to the rows of the table. */
  compare(options: CompareOptions): Promise<CompareRow[]>;
  /** Attacks what the last run left. Cancelling keeps what was found so far. */
  attack(options?: AttackOptions): Promise<AttackReport>;
  /** Which attacks there are, and what they will cost on this device. */
  attackTable(options?: Pick<AttackOptions, 'attacks' | 'params'>): Promise<AttackOffer[]>;
  /** Stands still after the current step. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** One step, then stands still. */
  step(): void;
  /** Ends what is in progress; its promise rejects with `cancelled`. Without a run nothing happens. */
  cancel(): void;
  /** Drops the adapter and every figure of this session's runs. */
  reset(): Promise<void>;

  /** A user's ratings with p(Yes) before and after. */
  user(user: number): Promise<{ user: number; rows: UserRow[] }>;
  /** The k best unseen items of a user (10), before and after the last run. */
  recommend(options: { user: number; k?: number }): Promise<Recommendations>;
  /** What the models read of a person and an item, and how they answer, before and after the last run. */
  explain(options: { user: number; item: number }): Promise<{ user: number; item: number; title: string; before: Explanation; after: Explanation | null | undefined }>;
  /** The adapter of the last run, in PEFT's layout. */
  adapter(): Promise<NamedBytes[]>;
  /** The forgetting report of the last run: `report.json`, sealed by its own hash, and `report.html`, a page to print. */
  record(): Promise<NamedBytes[]>;

  /** Runs that ended in the middle and can go on; newest first. */
  interrupted(): Promise<InterruptedRun[]>;
  /** Goes on with such a run, from its last checkpoint. */
  continueRun(id: string, options?: Pick<RunOptions, 'onEvent' | 'device' | 'signal'>): Promise<Report>;
  /** Deletes what is kept of such a run. */
  discardRun(id: string): Promise<void>;

  /** Loads another shipped data set and its model. */
  load(options: { data: string }): Promise<Loaded>;
  /** What files of one's own are read as, before a model is trained on them. */
  look(options: LookOptions): Promise<Look>;
  /** What one person rated, read from an export or a list, and matched to the loaded data's items. */
  shelf(options: ShelfOptions): Promise<ShelfReply>;
  /** Items of the loaded data by a part of their title. */
  items(options: { query: string; limit?: number }): Promise<ItemSummary[]>;
  /** Teaches the model one more person; the taught model takes its place. Nothing of it is kept on this device. */
  teach(options: TeachOptions): Promise<Loaded>;
  /** Trains a model on files of one's own, on this device; it takes the place of the one in use. The files are kept on this device. */
  train(options: TrainOptions): Promise<Loaded>;
  /** The files of one's own that are kept on this device, and how a model was trained on them; null if none are. */
  ownFiles(): Promise<KeptOwn | null>;
  /** Trains the model of those files once more: the same model. */
  trainAgain(options?: Pick<TrainOptions, 'onEvent' | 'signal'>): Promise<Loaded>;
  /** Deletes those files. */
  deleteOwnFiles(): Promise<{ freed: number }>;

  /** The models that can be had: those that are shipped, and those that are stored on this device. */
  models(): Promise<ModelEntry[]>;
  /** Puts another model in the place of the one in use; downloaded first if need be. */
  useModel(name: string, options?: WorkOptions): Promise<Loaded>;
  /** Stores a model on this device; a download that was paused goes on. */
  downloadModel(name: string, options?: WorkOptions): Promise<void>;
  /** Pauses a download; what is there stays. */
  pauseModel(name: string): Promise<void>;
  /** Ends a download or an import, and deletes what there is of it. */
  cancelModel(name: string): Promise<void>;
  /** Makes a package of a published model on this device: a .gguf, or the files of a Hugging Face folder. */
  importModel(files: (File | NamedBytes)[], options?: ImportOptions & { signal?: AbortSignal }): Promise<ModelEntry>;
  /** Stores the model in use with the last run's adapter in its weights, requantised. */
  mergeModel(options?: { name?: string; quantisation?: Quantisation }): Promise<ModelEntry>;
  /** Deletes a stored model. */
  deleteModel(name: string): Promise<{ freed: number }>;
}

/** An event of the engine, checkpoints among them. */
export type EngineEvent = LabEvent | Checkpoint;
