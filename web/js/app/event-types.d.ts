/** What happens in the engine and in runs, whether the page or a script began it. The state follows from these and from what a person chooses. */
import type { Store } from './store.js';
import type {
  AttackReport, Cell, CompareRow, DeviceKind, DeviceStatus, Divergence, ErrorInfo, Finding, ForgetSpec, InterruptedRun, KeptOwn, LabEvent, Loaded, ModelsState, Quality, Report, RunInfo,
} from '../types.d.ts';

export type AppEvent =
  // The engines
  | { type: 'device.changed'; status: DeviceStatus }
  | { type: 'engine.loading'; what: string; done: number; total: number }
  /** A part of the package that comes later is there: the shipped Retrain, or the cross-fitted answers. */
  | { type: 'engine.completed' }
  /** An engine stopped: what it had learned is gone. */
  | { type: 'engine.lost'; kind: DeviceKind }
  | { type: 'page.ready'; seconds: number }
  | { type: 'page.failed'; error: unknown }
  /** The page speaks another language: what is called by words in the state is called anew. */
  | { type: 'language.changed' }
  // Data and models
  | { type: 'data.loading'; key: string }
  | { type: 'data.training'; event: LabEvent }
  | { type: 'data.loaded'; loaded: Loaded; key: string }
  | { type: 'data.failed'; error: unknown }
  /** Files of one's own are kept on this device now, or none are: `why` they could not be. */
  | { type: 'data.kept'; kept: KeptOwn | null; why: string }
  | { type: 'models.changed'; patch: Partial<ModelsState> }
  // Runs
  | { type: 'run.started'; run: RunInfo }
  | { type: 'run.event'; event: LabEvent }
  | { type: 'run.finished'; run: RunInfo; report: Report }
  | { type: 'run.failed'; error: unknown }
  /** An engine stopped, and the run goes on from this step with another. */
  | { type: 'run.recovered'; step: number; why: string }
  /** Checkpoints can no longer be stored. */
  | { type: 'run.unsaved'; why: string }
  | { type: 'runs.interrupted'; runs: InterruptedRun[] }
  | { type: 'session.reset' }
  // Comparisons
  | { type: 'compare.started'; cells: Cell[]; forget: ForgetSpec; label: string }
  | { type: 'compare.priced'; seconds: (number | null)[] }
  | { type: 'compare.cell'; at: number }
  | { type: 'compare.measured'; cell: Cell; rows: CompareRow[]; forgetKey: string; seconds: number; floor: Divergence | null; baseline: Quality | null }
  | { type: 'compare.cell-failed'; key: string; error: ErrorInfo }
  | { type: 'compare.ended'; status: 'done' | 'cancelled' }
  | { type: 'compare.failed'; error: ErrorInfo }
  // Attacks
  | { type: 'attack.started'; ids: string[] }
  | { type: 'attack.next'; id: string }
  | { type: 'attack.progress'; share: number; left: number | null }
  | { type: 'attack.found'; id: string; finding: Finding | undefined; about: Omit<AttackReport, 'findings'> }
  | { type: 'attack.ended'; status: 'idle' | 'done' | 'cancelled' };

export type Dispatch = (event: AppEvent) => void;

/** How a feature's part of the state follows the events. */
export type Handlers = { [K in AppEvent['type']]?: (store: Store, event: Extract<AppEvent, { type: K }>) => void };
