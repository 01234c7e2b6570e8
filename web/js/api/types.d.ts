/** Options of the script interface. What each means to a person is in API.md. */
import type { Checkpoint, CompareRow, DeviceWish, Finding, ForgetSpec, LabEvent, NamedBytes, ReadSpec } from '../types.d.ts';

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

/** An event of the engine, checkpoints among them. */
export type EngineEvent = LabEvent | Checkpoint;
