/** The windows that may call, each with what it may ask for. */
export type WindowRole = 'dashboard' | 'prompt';
