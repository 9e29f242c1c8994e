import { useNavigate } from '@tanstack/react-router';
import { Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Section } from '../lib/permissions';
import { isTyping } from '../lib/typing';
import { paths } from './sections';

/** The letter that follows g. */
export const letters: Record<Section, string> = {
  home: 'h',
  today: 'o',
  inbox: 'm',
  customers: 'c',
  segments: 'g',
  duplicates: 'd',
  tags: 't',
  imports: 'i',
  channels: 'n',
  codes: 'l',
  links: 'p',
  arrivals: 'r',
  attribution: 'b',
  accounts: 'w',
  campaigns: 'f',
  broadcasts: 'j',
  journeys: 'x',
  sops: 'z',
  content: 'v',
  surveys: 'q',
  care: 'k',
  measure: '1', // the letters are all taken
  value: '5',
  economics: '3',
  scorecard: '2',
  drill: '4',
  reports: '6',
  diagnosis: '0',
  gate: 'u',
  staff: 's',
  audit: 'a',
  settings: 'e',
  system: 'y',
};

/** g and a letter to go, ? for help, / to search. Only sections that are open to the reader count. */
export function Shortcuts({ sections, onSearch }: { sections: Section[]; onSearch: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  const goSince = useRef(0);

  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (isTyping(e)) return;
      const going = e.timeStamp - goSince.current < 1500 && goSince.current > 0;
      goSince.current = 0;
      if (going) {
        const section = sections.find((s) => letters[s] === e.key);
        if (section) {
          e.preventDefault();
          void navigate({ to: paths[section] });
        }
        return;
      }
      if (e.key === 'g') goSince.current = e.timeStamp;
      else if (e.key === '/') onSearch();
      else if (e.key === '?') setHelp(true);
      else return;
      e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate, onSearch, sections]);

  const row = (keys: string[], text: string) => (
    <tr key={text}>
      <td>
        {keys.map((k) => (
          <kbd key={k}>{k}</kbd>
        ))}
      </td>
      <td>{text}</td>
    </tr>
  );

  return (
    <Modal open={help} onCancel={() => setHelp(false)} footer={null} title={t('shortcuts.title')} width={420}>
      <table className="fp-keys">
        <tbody>
          {row(['/'], t('shortcuts.search'))}
          {row(['j'], t('shortcuts.next'))}
          {row(['k'], t('shortcuts.previous'))}
          {row(['Enter'], t('shortcuts.open'))}
          {sections.map((s) => row(['g', letters[s]], t('shortcuts.go', { section: t(`menu.${s}`) })))}
          {row(['?'], t('shortcuts.help'))}
        </tbody>
      </table>
    </Modal>
  );
}
