import { theme, type ThemeConfig } from 'antd';
import type { Stage } from '../api/types';

const font =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Neutral rather than tinted: the tint is for what matters. The same as --fp-surface and --fp-line. */
const darkSurfaces = {
  colorBgContainer: '#141f21',
  colorBgElevated: '#1a272a',
  colorBorder: '#34484d',
  colorBorderSecondary: '#26353a',
  colorSplit: '#26353a',
};

/** The one look of the console: deep pond green-blue, a warm accent for people, cool grey for the rest. */
export function themeFor(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      // Dark enough under white text; where it is text itself, on dark, it is said lighter below.
      colorPrimary: dark ? '#28868c' : '#0b6169',
      colorInfo: dark ? '#7fd6da' : '#0b6169',
      // The derived tints of so deep a primary come out muddy: they are said here.
      colorPrimaryBg: dark ? '#163236' : '#e4f1f1',
      colorPrimaryBgHover: dark ? '#1c4046' : '#d3e7e7',
      colorPrimaryBorder: dark ? '#2a5f65' : '#a9cfd0',
      colorPrimaryHover: dark ? '#45b0b5' : '#12808a',
      colorPrimaryActive: dark ? '#24858a' : '#074b52',
      colorInfoBg: dark ? '#163236' : '#e9f3f4',
      colorInfoBorder: dark ? '#2a5f65' : '#b9d8da',
      colorSuccessBg: dark ? '#15302a' : '#e8f4ee',
      colorSuccessBorder: dark ? '#2b5c4a' : '#b5d9c6',
      colorWarningBg: dark ? '#33281a' : '#fcf3e6',
      colorWarningBorder: dark ? '#6a5130' : '#ecd0a6',
      colorErrorBg: dark ? '#361f1e' : '#fcefed',
      colorErrorBorder: dark ? '#6e3b37' : '#efc4bf',
      controlItemBgActive: dark ? '#163236' : '#e4f1f1',
      controlItemBgActiveHover: dark ? '#1c4046' : '#d3e7e7',
      colorLink: dark ? '#5cc0c4' : '#0a6a73',
      colorSuccess: dark ? '#3fa97a' : '#21794f',
      colorWarning: dark ? '#f0b36c' : '#92500f',
      colorError: dark ? '#f3978e' : '#b83a30',
      colorTextBase: dark ? '#e4ecec' : '#16282b',
      colorBgBase: dark ? '#10191b' : '#ffffff',
      colorBgLayout: dark ? '#0b1214' : '#f2f5f5',
      colorTextSecondary: dark ? '#a9b8ba' : '#4d6063',
      colorTextTertiary: dark ? '#93a4a6' : '#5f7275',
      colorTextDescription: dark ? '#a0b0b2' : '#5a6d70',
      colorTextPlaceholder: dark ? '#8ea0a3' : '#627477',
      ...(dark ? darkSurfaces : {}),
      fontFamily: font,
      fontSize: 14,
      borderRadius: 6,
      // Told to the components, not forced by a style sheet: they wait for the end of what they animate.
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      fontWeightStrong: 550,
      wireframe: false,
    },
    components: {
      Layout: {
        lightSiderBg: dark ? '#0e1719' : '#ffffff',
        headerBg: dark ? '#0e1719' : '#ffffff',
        headerHeight: 52,
        headerPadding: '0 16px',
      },
      Menu: {
        itemHeight: 36,
        itemMarginBlock: 2,
        itemBorderRadius: 6,
        activeBarBorderWidth: 0,
        itemSelectedBg: dark ? '#163236' : '#e4f1f1',
        itemSelectedColor: dark ? '#7fd0d3' : '#0b6169',
      },
      Table: {
        cellPaddingBlockSM: 5,
        cellPaddingInlineSM: 10,
        headerBorderRadius: 6,
        headerBg: dark ? '#182426' : '#f8fafa',
        headerColor: dark ? '#a9b8ba' : '#4d6063',
        headerSplitColor: 'transparent',
        rowSelectedBg: dark ? '#163236' : '#e9f3f4',
        rowSelectedHoverBg: dark ? '#1c4046' : '#dcecec',
      },
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', dangerColor: dark ? '#2b0d0b' : '#ffffff' },
      Tabs: dark ? { itemSelectedColor: '#7fd0d3', itemHoverColor: '#9adde0', inkBarColor: '#5cc0c4', itemActiveColor: '#7fd0d3' } : {},
      Timeline: { itemPaddingBottom: 10 },
      Card: { headerHeight: 46, headerFontSize: 14, headerPadding: 16, bodyPadding: 16 },
    },
  };
}

/** A stage has the same colour wherever it appears: tag, picture, chart. */
export const stageColors: Record<Stage, { light: string; dark: string }> = {
  new: { light: '#4689c8', dark: '#6aa6dd' },
  first_order: { light: '#1f9490', dark: '#3db5b0' },
  repeat: { light: '#0b5a55', dark: '#1f857d' },
  silent: { light: '#cf8d33', dark: '#dfa552' },
  lost: { light: '#8b979a', dark: '#7d8a8d' },
};

/** Colours of the charts that are not about stages. */
export const chartColors = {
  light: { main: '#0b6169', accent: '#c8693a', text: '#4d6063', grid: '#dfe6e6', surface: '#ffffff', soft: '#9dc3c4' },
  dark: { main: '#37a3a8', accent: '#df8a5c', text: '#a9b8ba', grid: '#273437', surface: '#141f21', soft: '#2c5f63' },
};
