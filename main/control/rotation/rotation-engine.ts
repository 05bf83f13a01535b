import { setTimeout } from 'node:timers/promises';
import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Rotation, RotationStepName } from '#shared/model/rotation.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';
import { firstStepBack } from '#shared/policy/rotation-step.ts';
import type { Log } from '../control-options.ts';
import type { SecretShelf } from '../credential/secret-shelf.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { ConnectorDesk } from './connector-desk.ts';
import { type AttemptResult, judgeFailure, takeResult } from './judge-attempt.ts';
import type { RotationJournal } from './rotation-journal.ts';
import { keyNameOf } from './step/make-new-key.ts';
import type { PerformStep, StepMemory, UnstoredKey } from './step/step.ts';
import type { TrafficSwitch } from './traffic-switch.ts';

/** Carries rotations through, one step after the other, across crashes and restarts. */
export interface RotationEngine {
  /** Begins one. Throws `conflict` while another of this credential has not ended, and `rotation_unsupported`. */
  begin(credential: CredentialRecord, beginning: RotationBeginning, actor: Actor): Rotation;
  /**
   * Goes on with the key that a person made, once it was looked at. Rejects with `conflict` when none is waited for. Resolves when it
   * is stored, or when that has to wait.
   */
  provide(id: string, key: UnstoredKey, actor: Actor): Promise<Rotation>;
  /** Takes the way back, once the step that is under way has ended. Rejects with `conflict` when there is none any more. */
  rollBack(id: string, actor: Actor): Promise<Rotation>;
  /** Goes on with one that stopped; with `force` although the step found reason not to. Throws `conflict`. */
  proceed(id: string, force: boolean, actor: Actor): Rotation;
  /** Goes on with everything that may go on now; to be called at the start, after waking up, and now and then. */
  look(): void;
  /** Resolves when nothing is under way at this moment. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** How a rotation begins. */
export interface RotationBeginning {
  readonly trigger: Rotation['trigger'];
  /** True when a person makes the new key. */
  readonly guided?: boolean;
}

/** What an engine is made from. */
export interface RotationEngineOptions {
  readonly registry: Registry;
  readonly shelf: SecretShelf;
  readonly journal: RotationJournal;
  readonly connectors: ConnectorDesk;
  readonly traffic: TrafficSwitch;
  readonly effects: Readonly<Record<RotationStepName, PerformStep>>;
  readonly deadlines: Pick<Deadlines, 'after'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  /** Percent of the calls that a canary takes. */
  readonly canaryShare: number;
  /** Milliseconds for which a disabled key is kept. */
  readonly keepDisabledMs: number;
}

/** Makes an engine; nothing goes on before the first `look`. */
export function createRotationEngine(options: RotationEngineOptions): RotationEngine {
  return new Engine(options);
}

/** One rotation that is being carried on. */
interface Run {
  readonly finished: Promise<void>;
  /** Resolves when its first step was attempted, or when it ended without. */
  readonly attempted: Promise<void>;
  readonly abort: AbortController;
}

const minuteMs = 60_000;

/** Longest wait for a step that does not end when the program does, in milliseconds. */
const closePatienceMs = 1_000;

/** For so long, in milliseconds, a removed key may be brought back. */
const removalMs = 15_000;

/** A key that was removed while it was changed ends the rotation, once it can't be brought back. */
function withoutCredential({ waitingFor }: RotationRecord): AttemptResult {
  const why = 'whether the removed key is brought back';
  if (waitingFor !== why) return { kind: 'again', afterMs: removalMs, waitingFor: why };
  const message = 'The key was removed while it was being changed. Look at the provider for keys that are left there.';
  return { kind: 'fail', problem: { code: 'not_found', message } };
}

class Engine implements RotationEngine {
  readonly #options: RotationEngineOptions;
  readonly #runs = new Map<string, Run>();
  readonly #timers = new Map<string, Deadline>();
  readonly #wishes = new Map<string, Actor>();
  readonly #memory: StepMemory = { unstored: new Map(), drained: new Map(), saidDeleted: new Map() };
  #isClosed = false;

  constructor(options: RotationEngineOptions) {
    this.#options = options;
  }

  begin(credential: CredentialRecord, { trigger, guided = false }: RotationBeginning, actor: Actor): Rotation {
    const { registry, journal, connectors, clock, newId } = this.#options;
    connectors.require(credential, guided);
    const version = Math.max(credential.version, registry.rotations.highestVersion(credential.id)) + 1;
    const at = new Date(clock.now()).toISOString();
    const rotation: RotationRecord = {
      ...{ id: newId(), credentialId: credential.id, provider: credential.provider, label: credential.label, trigger },
      ...{ state: 'running', direction: 'forward', step: 'plan', failures: 0 },
      ...{ keyName: keyNameOf(credential.id, version), guided },
      oldKey: {
        ...{ version: credential.version, keyId: null, fingerprint: credential.fingerprint },
        ...{ state: 'living', storedAt: credential.rotatedAt },
      },
      newKey: { version, keyId: null, fingerprint: null, state: 'absent', storedAt: null },
      ...{ startedAt: at, stepSince: at, endedAt: null, resumeAt: null, waitingFor: null, problem: null },
      ...{ oldItem: credential.vaultItem, newItem: '', oldVerification: credential.verification },
      ...{ newVerification: null, forced: false },
    };
    journal.begun(rotation, actor);
    this.#carryOn(rotation.id);
    return rotation;
  }

  async rollBack(id: string, actor: Actor): Promise<Rotation> {
    this.#wayBack(this.#existing(id));
    this.#wishes.set(id, actor);
    const run = this.#runs.get(id);
    run?.abort.abort();
    await run?.finished;
    if (this.#wishes.delete(id)) this.#turnBack(this.#existing(id), actor);
    this.#carryOn(id);
    return this.#existing(id);
  }

  proceed(id: string, force: boolean, actor: Actor): Rotation {
    const { registry, journal, clock } = this.#options;
    const rotation = this.#existing(id);
    if (rotation.endedAt !== null) throw new TollkeeperError('conflict', 'That rotation has ended.');
    if (rotation.state === 'running' && !force)
      throw new TollkeeperError('conflict', 'That rotation goes on by itself.');
    if (this.#runs.has(id)) throw new TollkeeperError('conflict', 'A step of that rotation is under way. Try again.');
    if (personTask(rotation) === 'end-old-key') this.#memory.saidDeleted.set(id, clock.now());
    registry.transaction(() => {
      registry.rotations.update(id, {
        ...{ state: 'running', failures: 0, resumeAt: null, waitingFor: null, problem: null, forced: force },
      });
      journal.note(rotation, 'rotation-step', { step: rotation.step, continued: true, forced: force }, actor);
    });
    this.#carryOn(id);
    return this.#existing(id);
  }

  async provide(id: string, key: UnstoredKey, actor: Actor): Promise<Rotation> {
    await this.#runs.get(id)?.finished;
    if (personTask(this.#existing(id)) !== 'give-new-key')
      throw new TollkeeperError('conflict', 'That rotation waits for no key.');
    this.#memory.unstored.set(id, key);
    this.proceed(id, false, actor);
    await this.#runs.get(id)?.attempted;
    return this.#existing(id);
  }

  look(): void {
    const { rotations, credentials } = this.#options.registry;
    for (const { id, state, credentialId } of rotations.listOpen()) {
      const isLeftAlone = state === 'stopped' && credentials.find(credentialId) === null;
      if (isLeftAlone) rotations.update(id, { state: 'running', resumeAt: null, waitingFor: null });
      this.#carryOn(id);
    }
  }

  async idle(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all([...this.#runs.values()].map((run) => run.finished));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const { abort } of this.#runs.values()) abort.abort();
    this.#options.connectors.close();
    const patience = new AbortController();
    await Promise.race([this.idle(), setTimeout(closePatienceMs, undefined, { ref: false, signal: patience.signal })]);
    patience.abort();
  }

  #existing(id: string): RotationRecord {
    const rotation = this.#options.registry.rotations.find(id);
    if (rotation !== null) return rotation;
    throw new TollkeeperError('not_found', `There is no rotation ${id}.`);
  }

  #carryOn(id: string): void {
    if (this.#isClosed || this.#runs.has(id)) return;
    const abort = new AbortController();
    let tell = (): void => undefined;
    const attempted = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const finished = this.#run(id, abort.signal, tell)
      .catch((error: unknown) => this.#options.log('rotation-not-written', { reason: String(error) }))
      .finally(() => {
        this.#runs.delete(id);
        tell();
      });
    this.#runs.set(id, { finished, attempted, abort });
  }

  async #run(id: string, signal: AbortSignal, attempted: () => void): Promise<void> {
    await Promise.resolve();
    while (!this.#isClosed) {
      const rotation = this.#existing(id);
      const actor = this.#wishes.get(id);
      if (actor !== undefined) return;
      if (rotation.state !== 'running' || this.#isPaused(rotation)) return;
      if (this.#mustWait(rotation)) return;
      await this.#attempt(rotation, signal);
      attempted();
    }
  }

  #isPaused({ credentialId }: RotationRecord): boolean {
    return this.#options.registry.rotations.setup(credentialId)?.paused === true;
  }

  /** True when its time has not come; it is taken up again then. */
  #mustWait({ id, resumeAt }: RotationRecord): boolean {
    const leftMs = resumeAt === null ? 0 : Date.parse(resumeAt) - this.#options.clock.now();
    if (leftMs <= 0) return false;
    this.#timers.get(id)?.cancel();
    this.#timers.set(
      id,
      this.#options.deadlines.after(leftMs, () => this.#carryOn(id)),
    );
    return true;
  }

  async #attempt(rotation: RotationRecord, signal: AbortSignal): Promise<void> {
    const { registry, journal, effects, clock } = this.#options;
    const sequence = journal.stepBegins(rotation);
    const result = await this.#resultOf(rotation, effects[rotation.step], signal);
    if (this.#isLeftOpen(rotation, result, signal)) return;
    const latest = this.#existing(rotation.id);
    registry.transaction(() =>
      takeResult(result, { rotation: latest, sequence, journal, clock, features: this.#featuresOf(latest) }),
    );
  }

  /** A canary that was cut short proved nothing, and what failed because the program ends is taken up by the next start. */
  #isLeftOpen({ step }: RotationRecord, { kind }: AttemptResult, signal: AbortSignal): boolean {
    return (this.#isClosed && kind !== 'done') || (signal.aborted && step === 'canary' && kind === 'done');
  }

  #featuresOf({ credentialId, guided }: RotationRecord) {
    const credential = this.#options.registry.credentials.find(credentialId);
    return credential === null ? null : this.#options.connectors.supportOf(credential, guided);
  }

  async #resultOf(rotation: RotationRecord, perform: PerformStep, signal: AbortSignal): Promise<AttemptResult> {
    const { registry, connectors, shelf, traffic, clock, canaryShare, keepDisabledMs } = this.#options;
    const credential = registry.credentials.find(rotation.credentialId);
    if (credential === null) return withoutCredential(rotation);
    try {
      const connected =
        rotation.guided === true
          ? connectors.connectGuided(credential, rotation)
          : connectors.connect(credential, rotation.id);
      return await perform({
        ...{ rotation, credential, ...connected, registry, shelf, traffic },
        ...{ memory: this.#memory, clock, canaryShare, keepDisabledMs, signal },
        drainMs: registry.settings.read().rotationDrainMinutes * minuteMs,
      });
    } catch (error) {
      return judgeFailure(error, this.#existing(rotation.id));
    }
  }

  #wayBack(rotation: RotationRecord) {
    const features = this.#featuresOf(rotation);
    const move = rotation.endedAt === null && features !== null ? firstStepBack(rotation, features) : null;
    if (move !== null) return move;
    throw new TollkeeperError(
      'conflict',
      rotation.direction === 'back'
        ? 'That rotation is on its way back already.'
        : 'That rotation can’t be rolled back any more: the old key is gone.',
    );
  }

  #turnBack(rotation: RotationRecord, actor: Actor): void {
    this.#options.journal.moves(rotation.id, this.#wayBack(rotation), { problem: null }, actor);
  }
}
