import { UsergroupAddOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { StepKind } from '../../../api/journeys';
import { KindIcon } from '../canvas/KindIcon';
import { groups } from '../model/graph';

/** What the palette puts on its drags; the canvas reads it. */
const dragType = 'application/x-fishpond-step';

/** The kinds of steps, to drag onto the drawing or to add with a click. */
export function Palette({ onAdd, onInvite }: { onAdd: (kind: StepKind) => void; onInvite?: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="fp-palette" aria-label={t('journeys.palette')}>
      <p className="fp-muted fp-small">{t('journeys.paletteHelp')}</p>
      {groups.map((g) => (
        <div key={g.key} role="group" aria-label={t(`journeys.groups.${g.key}`)}>
          <h3>{t(`journeys.groups.${g.key}`)}</h3>
          {g.kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              draggable
              className={`fp-palette-kind ${g.key}`}
              title={t(`journeys.about.${kind}`)}
              aria-label={t('journeys.addOf', { kind: t(`journeys.kinds.${kind}`) })}
              onDragStart={(e) => {
                e.dataTransfer.setData(dragType, kind);
                e.dataTransfer.effectAllowed = 'copy';
              }}
              onClick={() => onAdd(kind)}
            >
              <KindIcon kind={kind} /> {t(`journeys.kinds.${kind}`)}
            </button>
          ))}
          {g.key === 'say' && onInvite && (
            <button type="button" className={`fp-palette-kind ${g.key}`} title={t('journeys.invite.about')} aria-label={t('journeys.addOf', { kind: t('journeys.invite.title') })} onClick={onInvite}>
              <UsergroupAddOutlined aria-hidden="true" /> {t('journeys.invite.title')}
            </button>
          )}
        </div>
      ))}
    </section>
  );
}
