import type { GatewayMessage, GatewayProcess, StartGateway } from '#shared/contract/port.ts';

/** A gateway that loads while the rest of the program starts. */
export interface StartedAhead {
  /** The process that was started ahead, once; a new one each time after. */
  readonly startGateway: StartGateway;
  /** Ends it unless it was taken. */
  discard(): void;
}

/** Starts a gateway now, for whoever asks for one first. */
export function startAhead(start: StartGateway): StartedAhead {
  let ready: GatewayProcess | null = remembering(start());
  function take(): GatewayProcess | null {
    const taken = ready;
    ready = null;
    return taken;
  }
  return {
    startGateway: () => take() ?? start(),
    discard: () => take()?.kill(),
  };
}

/** The same process, with what it says before anybody listens kept for the first listener. */
function remembering(process: GatewayProcess): GatewayProcess {
  const messages: GatewayMessage[] = [];
  let exit: { readonly reason: string | null } | null = null;
  let isHeard = false;
  process.onMessage((message) => {
    if (!isHeard) messages.push(message);
  });
  process.onExit((reason) => {
    exit = { reason };
  });
  return {
    send: (message) => process.send(message),
    onMessage(listener) {
      isHeard = true;
      process.onMessage(listener);
      queueMicrotask(() => {
        for (const message of messages.splice(0)) listener(message);
      });
    },
    onFacts: (listener) => process.onFacts(listener),
    onExit(listener) {
      const past = exit;
      if (past === null) process.onExit(listener);
      else queueMicrotask(() => listener(past.reason));
    },
    kill: () => process.kill(),
    get pid() {
      return process.pid;
    },
  };
}
