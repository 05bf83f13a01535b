import type { TlsLease } from '#shared/contract/port.ts';
import type { Actor } from '#shared/model/access.ts';
import type { TlsReport } from '#shared/model/certificate.ts';
import type { Clock } from '#shared/model/clock.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { Vault } from '#shared/model/vault.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { TlsState } from '../gateway/gateway-supervisor.ts';
import {
  type Anew,
  certificateFacts,
  certificateFiles,
  isDue,
  type ServedCertificate,
  takeCertificate,
  writeCertificateFiles,
} from './certificate-shelf.ts';

/** Settings the TLS door is made by. */
export type TlsSettings = Pick<Settings, 'tls' | 'tlsPort'>;

/** Keeps a certificate for the TLS door while the user wants one, and renews it in time. */
export interface TlsKeeper {
  /** What the gateway needs as of now; null while TLS is off, or while there is no certificate. */
  readonly lease: TlsLease | null;
  /** Takes the settings. Resolves when they have taken effect, or can't. Never rejects. */
  apply(settings: TlsSettings): Promise<void>;
  /** To be called often: renews what is due, and tries again what could not be read. */
  look(): void;
  /** Makes a new certificate, or a new authority with one. Rejects as the vault does. */
  renew(anew: Exclude<Anew, 'nothing'>, actor: Actor): Promise<void>;
  /** Waits for what was asked before it. */
  report(): Promise<TlsReport>;
}

/** What the keeper is made from. */
export interface TlsKeeperOptions {
  readonly vault: Pick<Vault, 'read' | 'write'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly recorder: Pick<EventRecorder, 'record'>;
  /** Folder of the files that tools are pointed at. */
  readonly folder: string;
  /** What the user trusts besides the built-in certificates, PEM. */
  readonly alsoTrusted: () => readonly string[];
  /** Has the gateway take it; resolves when it has. */
  readonly push: (lease: TlsLease | null) => Promise<void>;
  /** The door as the gateway tells of it. */
  readonly door: () => TlsState | null;
  readonly onChange: () => void;
}

/** Makes a keeper for which TLS is off. */
export function createTlsKeeper(options: TlsKeeperOptions): TlsKeeper {
  const { clock, recorder } = options;
  let settings: TlsSettings = { tls: false, tlsPort: 0 };
  let served: ServedCertificate | null = null;
  let lease: TlsLease | null = null;
  let problem: string | null = null;
  let turn: Promise<void> = Promise.resolve();

  /** One after the other: two that renew at once would leave the vault and the gateway with different ones. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function take(anew: Anew, actor: Actor): Promise<void> {
    const next = await takeCertificate(
      {
        vault: options.vault,
        now: () => clock.now(),
        random: options.random,
        onMade: (kind, { fingerprint, validUntil }) =>
          recorder.record({ event: 'certificate-made', actor, subject: kind, detail: { fingerprint, validUntil } }),
      },
      anew,
    );
    await writeCertificateFiles(options.folder, next.authority, options.alsoTrusted());
    served = next;
  }

  async function offer(): Promise<void> {
    const next = settings.tls && served !== null ? leaseOf(served, settings.tlsPort) : null;
    if (JSON.stringify(next) !== JSON.stringify(lease)) {
      lease = next;
      await options.push(lease);
    }
    options.onChange();
  }

  async function serve(): Promise<void> {
    problem = null;
    if (settings.tls) {
      await take('nothing', 'system').catch((error: unknown) => {
        problem = toErrorDocument(error).message;
      });
    }
    await offer();
  }

  return {
    get lease() {
      return lease;
    },
    apply(changed) {
      settings = changed;
      return inTurn(serve);
    },
    look() {
      const isWanting = settings.tls && (served === null || isDue(served, clock.now()));
      if (isWanting) void inTurn(serve);
    },
    renew: (anew, actor) =>
      inTurn(async () => {
        await take(anew, actor);
        await offer();
      }),
    async report() {
      await turn;
      const door = settings.tls ? options.door() : null;
      return {
        enabled: settings.tls,
        url: door?.url ?? null,
        message: problem ?? door?.message ?? null,
        certificate: served === null ? null : certificateFacts(served.certificate),
        authority: served === null ? null : certificateFacts(served.authority),
        files: certificateFiles(options.folder),
      };
    },
  };
}

function leaseOf({ certificate, authority, privateKey }: ServedCertificate, port: number): TlsLease {
  return { port, chain: certificate + authority, privateKey };
}
