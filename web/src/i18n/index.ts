import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setLanguage as setApiLanguage } from '../api/http';

export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

export function isLanguage(tag: unknown): tag is Language {
  return languages.some((l) => l === tag);
}

const loaders: Record<Language, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
};

/** Starts the texts in one language; the other one is fetched when somebody switches. */
export async function startTexts(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  await loadLanguage(language);
}

export async function loadLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const { default: texts } = await loaders[language]();
    i18next.addResourceBundle(language, 'translation', texts, true, true);
  }
  setApiLanguage(language);
  await i18next.changeLanguage(language);
}
