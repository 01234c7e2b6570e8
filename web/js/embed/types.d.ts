/** What the package adds to the script interface, and the types that it hands on. */
import type { Api } from '../api/types.d.ts';
import type { DeviceWish } from '../types.d.ts';

export type { AttackOptions, CompareOptions, ImportOptions, LookOptions, Quantisation, Recommendations, RunOptions, TrainOptions, WorkOptions } from '../api/types.d.ts';
export type {
  AttackOffer, AttackReport, CompareRow, DeviceStatus, DeviceWish, Explanation, Finding, ForgetFigures, ForgetSpec, InterruptedRun, KeptOwn, LabEvent, Loaded, Look, MethodEntry, MethodFigures,
  ModelEntry, ModelJob, NamedBytes, Quality, ReadSpec, Recommendation, Report, Selection, UserRow,
} from '../types.d.ts';

export interface OpenOptions {
  /** The package's folder `lab`, where it does not lie beside its script: an address, absolute or relative to the page. */
  assets?: string | URL;
  /** The data set to begin with, `ml-latest-small` or `goodbooks-10k`; the first one if left out. */
  data?: string;
  /** `cpu` if left out: no GPU is looked for. `auto` tests one in the background, `webgpu` waits for it, and rejects where there is none. */
  device?: DeviceWish;
  /** Called with bytes that have come, of all that must; 0 while that is unknown. */
  onProgress?: (done: number, total: number) => void;
}

/** The script interface of the page, and how to end it. */
export interface UnlearnLab extends Readonly<Api> {
  /** Ends the workers, and frees their memory. Whatever is in progress, and every later call, rejects with the code `closed`. */
  close(): void;
}
