import { CompressOutlined, PlayCircleOutlined, QuestionCircleOutlined, RedoOutlined, UndoOutlined, WarningFilled, CheckCircleFilled, NodeExpandOutlined, ZoomInOutlined, ZoomOutOutlined } from '@ant-design/icons';
import { Button, Dropdown, Popover, Segmented, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Words } from '../model/words';
import { stepOf } from '../model/edits';
import type { JourneyDraft } from './useJourneyDraft';

const keys = [
  ['↑ ↓ ← →', 'arrows'],
  ['Enter', 'enter'],
  ['+', 'plus'],
  ['Delete', 'remove'],
  ['Ctrl C / X / V', 'copy'],
  ['Ctrl D', 'double'],
  ['Ctrl Z / Shift Ctrl Z', 'undo'],
  ['Shift', 'extend'],
] as const;

interface Props {
  draft: JourneyDraft;
  words: Words;
  write: boolean;
  view: 'canvas' | 'list';
  onView?: (view: 'canvas' | 'list') => void;
  onFit: () => void;
  onZoom: (by: 1 | -1) => void;
  onGo: (step: string) => void;
  onDryRun: () => void;
  publish?: React.ReactNode;
}

/** What can be done to the drawing as a whole, and whether it may be published. */
export function Toolbar({ draft, words, write, view, onView, onFit, onZoom, onGo, onDryRun, publish }: Props) {
  const { t } = useTranslation();
  const found = [...draft.problems].flatMap(([step, texts]) => texts.map((text, i) => ({ key: `${step} ${i}`, step, text })));
  const tool = (label: string, icon: React.ReactNode, act: () => void, disabled = false) => (
    <Tooltip title={label}>
      <Button type="text" icon={icon} aria-label={label} disabled={disabled} onClick={act} />
    </Tooltip>
  );
  return (
    <div className="fp-journey-bar">
      <Space wrap size={4}>
        {write && tool(`${t('journeys.undo')} (Ctrl Z)`, <UndoOutlined />, draft.undo, !draft.canUndo)}
        {write && tool(`${t('journeys.redo')} (Shift Ctrl Z)`, <RedoOutlined />, draft.redo, !draft.canRedo)}
        {view === 'canvas' && (
          <>
            {write && tool(t('journeys.tidy'), <NodeExpandOutlined />, () => draft.edit((s) => (s.layout && Object.keys(s.layout).length > 0 ? { ...s, layout: {} } : s)), !draft.spec.layout || Object.keys(draft.spec.layout).length === 0)}
            {tool(t('journeys.zoomOut'), <ZoomOutOutlined />, () => onZoom(-1))}
            {tool(t('journeys.zoomIn'), <ZoomInOutlined />, () => onZoom(1))}
            {tool(t('journeys.fit'), <CompressOutlined />, onFit)}
            {write && (
              <Popover
                trigger="click"
                title={t('journeys.keysTitle')}
                content={
                  <table className="fp-keys">
                    <tbody>
                      {keys.map(([k, what]) => (
                        <tr key={k}>
                          <td>
                            <kbd>{k}</kbd>
                          </td>
                          <td>{t(`journeys.key.${what}`)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                }
              >
                <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t('journeys.keys')} />
              </Popover>
            )}
          </>
        )}
        {onView && <Segmented size="small" value={view} aria-label={t('journeys.view')} onChange={onView} options={(['canvas', 'list'] as const).map((v) => ({ value: v, label: t(`journeys.${v}`) }))} />}
      </Space>
      <Space wrap size={8}>
        {write && (
          <span className={`fp-journey-saving ${draft.saving}`} role="status">
            {t(`journeys.saving.${draft.saving}`)}
          </span>
        )}
        {write &&
          (found.length > 0 ? (
            <Dropdown trigger={['click']} menu={{ className: 'fp-journey-menu', items: found.map((p) => ({ key: p.key, label: `${stepOf(draft.spec, p.step) ? `${words.name(stepOf(draft.spec, p.step)!)}：` : ''}${p.text}` })), onClick: ({ key }) => onGo(key.split(' ')[0] ?? '') }}>
              <Button size="small" icon={<WarningFilled />} className="fp-no">
                {t('journeys.problemsCount', { count: found.length })}
              </Button>
            </Dropdown>
          ) : (
            <span className="fp-muted fp-small">{draft.checking ? t('journeys.checking') : <span className="fp-yes"><CheckCircleFilled aria-hidden="true" /> {t('journeys.allRight')}</span>}</span>
          ))}
        <Button icon={<PlayCircleOutlined />} onClick={onDryRun}>
          {t('journeys.dryRun')}
        </Button>
        {publish}
      </Space>
    </div>
  );
}
