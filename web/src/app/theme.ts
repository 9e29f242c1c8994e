import { theme, type ThemeConfig } from 'antd';
import type { Stage } from '../api/types';

const font =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** The one look of the console: deep pond green-blue, a warm accent for people, cool grey for the rest. */
export function themeFor(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: dark ? '#2f9aa0' : '#0b6169',
      colorInfo: dark ? '#2f9aa0' : '#0b6169',
      colorLink: dark ? '#5cc0c4' : '#0a6a73',
      colorSuccess: dark ? '#3fa97a' : '#21794f',
      colorWarning: dark ? '#d9964c' : '#b3631b',
      colorError: dark ? '#e0695f' : '#b83a30',
      colorTextBase: dark ? '#e4ecec' : '#16282b',
      colorBgBase: dark ? '#10191b' : '#ffffff',
      colorBgLayout: dark ? '#0b1214' : '#f2f5f5',
      colorTextSecondary: dark ? '#a9b8ba' : '#4d6063',
      colorTextTertiary: dark ? '#93a4a6' : '#5f7275',
      colorTextDescription: dark ? '#a0b0b2' : '#5a6d70',
      colorTextPlaceholder: dark ? '#8496999c' : '#6b7d80',
      fontFamily: font,
      fontSize: 14,
      borderRadius: 6,
      wireframe: false,
    },
    components: {
      Layout: {
        siderBg: dark ? '#0e1719' : '#ffffff',
        headerBg: dark ? '#0e1719' : '#ffffff',
        headerHeight: 52,
        headerPadding: '0 16px',
      },
      Menu: { itemHeight: 36, itemMarginBlock: 2, itemBorderRadius: 6, activeBarBorderWidth: 0 },
      Table: { cellPaddingBlockSM: 5, cellPaddingInlineSM: 10, headerBorderRadius: 6 },
      Card: { headerHeight: 46, headerFontSize: 14, bodyPadding: 16 },
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
