/** What the conformance page finds out, and the file that it makes of it. All of it is plain JSON. */
import type { Check } from '../../types.d.ts';

export type Kind = 'cpu' | 'gpu';

/** What one scope, the page or a worker, is told of WebGPU. */
export type AdapterFacts =
  | { found: false; reason: string }
  | {
      found: true;
      name: string;
      software: boolean;
      info: { vendor: string; architecture: string; device: string; description: string };
      limits: Record<string, number>;
      features: string[];
      wgsl: string[];
    };

/** A device and how its numbers compare: the CPU's with the reference, the GPU's with the CPU's. */
export interface Outcome {
  ok: boolean;
  /** Largest difference, relative to a tensor's largest number; null where there are no numbers to compare. */
  difference: number | null;
  /** The tensor that has it. */
  tensor: string | null;
  ms: number;
  error: string | null;
}

export interface CaseResult {
  id: string;
  title: string;
  bound: number;
  cpu: Outcome | null;
  gpu: Outcome | null;
}

export interface EngineFacts {
  state: 'ready' | 'absent' | 'failed' | 'off';
  device: string;
  reason: string;
  checks: Check[];
}

/** A drill, or what could be had at most. */
export interface Trial {
  id: string;
  title: string;
  ok: boolean;
  says: string;
  bytes?: number;
}

export interface Speed {
  kind: Kind;
  /** Rows and columns of the square matrices. */
  n: number;
  gflops: number;
}

export interface ConformanceReport {
  format: 1;
  version: string;
  /** sha256 of integrity.json: which build was tested. */
  build: string | null;
  made: string;
  query: { op: string[]; worker: boolean };
  browser: { user_agent: string; cores: number | null; memory_gb: number | null; language: string };
  abilities: Record<string, boolean>;
  adapter: { page: AdapterFacts; worker: AdapterFacts };
  engines: Record<Kind, EngineFacts>;
  reference: string;
  cases: CaseResult[];
  trials: Trial[];
  speed: Speed[];
  verdict: { ok: boolean; says: string };
}

export interface Seal {
  /** How the bytes under the hash are made of `report`. */
  canonical: string;
  sha256: string;
  signature: { algorithm: string; public_key: JsonWebKey; value: string; key_kept: boolean };
}

export interface SignedReport {
  report: ConformanceReport;
  seal: Seal | null;
}

/** What the page draws. */
export interface View {
  report: ConformanceReport;
  status: 'running' | 'done' | 'failed';
  /** What is being done, or what went wrong. */
  now: string;
  done: number;
  total: number;
  signed: SignedReport | null;
}
