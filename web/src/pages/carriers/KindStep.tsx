import { useTranslation } from 'react-i18next';
import type { AccountKind } from '../../api/types';
import { KindIcon } from './kinds';

interface Props {
  kinds: AccountKind[];
  chosen?: string;
  /** The account exists already: its kind stays what it is. */
  fixed: boolean;
  onChoose: (kind: string) => void;
}

/** What can be connected: a button a kind, with what it is good for. */
export function KindStep({ kinds, chosen, fixed, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {fixed && <p className="fp-muted">{t('carriers.kindFixed')}</p>}
      <ul className="fp-acc-kinds">
        {kinds.map((k) => (
          <li key={k.kind}>
            <button type="button" aria-pressed={k.kind === chosen} disabled={fixed && k.kind !== chosen} onClick={() => onChoose(k.kind)}>
              <KindIcon kind={k.kind} />
              <span>
                <b>{k.name}</b>
                <span className="fp-muted">{k.about}</span>
                <span className="fp-small fp-acc-can">{k.can.map((c) => t(`carriers.can.${c}`, { defaultValue: c })).join(t('common.listSeparator'))}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
