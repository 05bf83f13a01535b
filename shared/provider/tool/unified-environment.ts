/** What a model may be called in a variable: `provider/model` or an alias. */
export const unifiedModelPattern = /^[\w.:@+-]+(?:\/[\w.:@+-]+)*$/;

/** opencode takes a whole configuration from its environment. https://opencode.ai/docs/config */
const opencodeConfiguration = JSON.stringify({
  model: 'tollkeeper/{model}',
  small_model: 'tollkeeper/{model}',
  provider: {
    tollkeeper: {
      npm: '@ai-sdk/openai-compatible',
      name: 'Tollkeeper',
      options: { baseURL: '{gateway}/v1', apiKey: '{token}' },
      models: { '{model}': {} },
    },
  },
});

/**
 * Variables that lead a child of `toll run --model` to the unified API, whatever protocol it speaks: `{gateway}` is the gateway's
 * base URL, `{token}` the token, `{model}` the model, as every tool that reads one from its environment calls it.
 * https://docs.claude.com/en/docs/claude-code/model-config
 */
export const unifiedEnvironment: Readonly<Record<string, string>> = {
  OPENAI_BASE_URL: '{gateway}/v1',
  OPENAI_API_BASE: '{gateway}/v1',
  OPENAI_API_KEY: '{token}',
  OPENAI_MODEL: '{model}',
  ANTHROPIC_BASE_URL: '{gateway}',
  ANTHROPIC_AUTH_TOKEN: '{token}',
  ANTHROPIC_MODEL: '{model}',
  ANTHROPIC_DEFAULT_OPUS_MODEL: '{model}',
  ANTHROPIC_DEFAULT_SONNET_MODEL: '{model}',
  ANTHROPIC_DEFAULT_HAIKU_MODEL: '{model}',
  CLAUDE_CODE_SUBAGENT_MODEL: '{model}',
  GOOGLE_GEMINI_BASE_URL: '{gateway}',
  GEMINI_API_KEY: '{token}',
  GOOGLE_API_KEY: '{token}',
  GEMINI_MODEL: '{model}',
  OPENCODE_CONFIG_CONTENT: opencodeConfiguration,
};

/**
 * Arguments for tools that read no address from their environment, by the command's name; they stand before the caller's own.
 * https://developers.openai.com/codex/config-reference
 */
export const unifiedArguments: Readonly<Record<string, readonly string[]>> = {
  codex: [
    ...['-c', 'model_provider="tollkeeper"', '-c', 'model="{model}"'],
    '-c',
    'model_providers.tollkeeper={name="Tollkeeper",base_url="{gateway}/v1",wire_api="responses",env_key="OPENAI_API_KEY"}',
  ],
};
