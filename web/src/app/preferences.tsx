import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { isLanguage, loadLanguage, type Language } from '../i18n';

export type Look = 'light' | 'dark';

interface Preferences {
  language: Language;
  look: Look;
  setLanguage: (language: Language) => void;
  setLook: (look: Look) => void;
}

const Context = createContext<Preferences | null>(null);

/** Reads a stored value; storage may be switched off, then there is none. */
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}

/** The language of the first paint: chosen before, or the browser's if it is one of ours, or Chinese. */
export function initialLanguage(): Language {
  const chosen = stored('fishpond.language');
  if (isLanguage(chosen)) return chosen;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN';
}

function initialLook(): Look {
  const chosen = stored('fishpond.look');
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [language, setLanguageState] = useState(initialLanguage);
  const [chosenLook, setLookState] = useState(initialLook);
  const [printing, setPrinting] = useState(false);
  const look: Look = printing ? 'light' : chosenLook; // dark paper helps nobody
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
    };
  }, []);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.look = look;
  }, [look]);

  const value = useMemo<Preferences>(
    () => ({
      language,
      look,
      setLanguage: (next) => {
        store('fishpond.language', next);
        void loadLanguage(next).then(() => setLanguageState(next));
      },
      setLook: (next) => {
        store('fishpond.look', next);
        setLookState(next);
      },
    }),
    [language, look],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (!value) throw new Error('usePreferences outside PreferencesProvider');
  return value;
}
