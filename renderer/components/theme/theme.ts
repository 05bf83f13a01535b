import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const teal: MantineColorsTuple = [
  '#e2f1ef',
  '#c4e4e0',
  '#99d5cd',
  '#2dd4bf',
  '#22b8a6',
  '#18998a',
  '#128479',
  '#0f766e',
  '#0d655e',
  '#0a4f4a',
];

/** From text down to the ground of the dark theme, in tokens.css's tones; Mantine draws inputs and switches from it. */
const dark: MantineColorsTuple = [
  '#e8ecf0',
  '#c5cdd5',
  '#98a4b1',
  '#6b7784',
  '#3a444f',
  '#252c34',
  '#1c2229',
  '#161b21',
  '#12171c',
  '#0f1317',
];

/** Mantine's theme on the measures of the design: 4-pixel grid, 13-pixel text, radius 7 on controls and 10 on cards. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 3 },
  colors: { teal, dark },
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    if (input.variant !== 'filled') return colors;
    return { ...colors, color: input.color === 'red' ? 'var(--on-failed)' : 'var(--on-accent)' };
  },
  fontFamily: 'var(--font-body)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.8125rem', lg: '0.9375rem', xl: '1.125rem' },
  lineHeights: { xs: '1.34', sm: '1.54', md: '1.54', lg: '1.6', xl: '1.34' },
  spacing: { xs: '0.25rem', sm: '0.5rem', md: '0.75rem', lg: '1rem', xl: '1.5rem' },
  radius: { xs: '0.25rem', sm: '0.4375rem', md: '0.4375rem', lg: '0.625rem', xl: '1rem' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { styles: { root: { flexShrink: 0 } }, defaultProps: { size: 'sm', fw: 550 } },
    Checkbox: { defaultProps: { radius: 'xs' } },
    Switch: { defaultProps: { withThumbIndicator: false } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    InputWrapper: { styles: { label: { marginBottom: 4 }, description: { marginBottom: 6, fontSize: '0.75rem' } } },
    Modal: {
      styles: { title: { fontSize: '0.9375rem', fontWeight: 600 } },
      defaultProps: {
        centered: true,
        radius: 'lg',
        padding: 'lg',
        overlayProps: { backgroundOpacity: 0.35 },
        transitionProps: { duration: 120 },
      },
    },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false, color: 'var(--tooltip)' } },
  },
});

/** Points Mantine's colours at the design's own variables, so that each colour is written down once, in tokens.css. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--panel)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--dim)',
    '--mantine-color-placeholder': 'var(--dim)',
    '--mantine-color-default': 'var(--panel)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line)',
    '--mantine-color-error': 'var(--failed)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-teal-filled': 'var(--accent)',
    '--mantine-color-teal-filled-hover': 'var(--accent-hover)',
    '--mantine-color-teal-light': 'var(--accent-soft)',
    '--mantine-color-teal-light-color': 'var(--accent)',
    '--mantine-color-teal-text': 'var(--accent)',
    '--mantine-color-red-filled': 'var(--failed)',
    '--mantine-color-red-filled-hover': 'var(--failed-hover)',
    '--mantine-color-red-text': 'var(--failed)',
    '--mantine-color-red-light': 'var(--failed-soft)',
    '--mantine-color-red-light-color': 'var(--failed)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
  };
  return { variables: { '--tooltip': 'light-dark(#232a31, #2c353f)' }, light: shared, dark: shared };
};
