import type { LanguageModelV3 } from '@ai-sdk/provider';
import { TollkeeperError } from '#shared/model/error.ts';
import type { TargetProtocol } from './target.ts';

/** Sends what a provider package has written; the package's own address means nothing. */
export type Outlet = (request: RequestInit) => Promise<Response>;

/** A call's way out of a model that many calls share. */
export interface OpenOutlet {
  /** Must go with the call's options. */
  readonly headers: Readonly<Record<string, string>>;
  close(): void;
}

const callHeader = 'x-tollkeeper-call';
const mostModels = 64;

/**
 * Keeps the provider packages' models, which take longer to make than to use. A model is shared by calls that run at once, so
 * each call names itself in a header by which its request finds its own outlet.
 */
export class ModelShelf {
  readonly #models = new Map<string, Promise<LanguageModelV3>>();
  readonly #outlets = new Map<string, Outlet>();
  #calls = 0;

  /** The model of this name; the one made longest ago is let go when there are many. */
  model(target: TargetProtocol, name: string): Promise<LanguageModelV3> {
    const key = `${target.key} ${name}`;
    const known = this.#models.get(key);
    if (known !== undefined) {
      return known;
    }
    const oldest = this.#models.size < mostModels ? undefined : this.#models.keys().next().value;
    if (oldest !== undefined) {
      this.#models.delete(oldest);
    }
    const model = target.load({ model: name, fetch: (_url, init) => this.#send(init ?? {}) });
    this.#models.set(key, model);
    return model;
  }

  /** Opens the way out of one call. */
  open(outlet: Outlet): OpenOutlet {
    this.#calls += 1;
    const id = String(this.#calls);
    this.#outlets.set(id, outlet);
    return { headers: { [callHeader]: id }, close: () => void this.#outlets.delete(id) };
  }

  #send(request: RequestInit): Promise<Response> {
    const outlet = this.#outlets.get(new Headers(request.headers).get(callHeader) ?? '');
    return outlet === undefined ? Promise.reject(new TollkeeperError('internal')) : outlet(request);
  }
}
