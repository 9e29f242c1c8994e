import { Alert, Modal } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../../api/types';
import { insert, row } from '../../../lib/segmentTree';
import { Loading } from '../../../ui/Loading';
import { ProblemView } from '../../../ui/ProblemView';
import { BuilderContext } from '../../segments/context';
import { CountPanel } from '../../segments/CountPanel';
import { GroupEditor } from '../../segments/GroupEditor';
import { TextPanel } from '../../segments/TextPanel';
import { useBuilder } from '../../segments/useBuilder';
import { useVocabulary } from '../../segments/useVocabulary';
import '../../segments/builder.css';

interface Props {
  name: string;
  text: string;
  onUse: (text: string) => void;
  onClose: () => void;
}

function Builder({ name, text, vocabulary, onUse, onClose }: Props & { vocabulary: SegmentVocabulary }) {
  const { t } = useTranslation();
  const builder = useBuilder(text ? { text } : { tree: { op: 'everyone' } });
  const world = useMemo(() => ({ builder, vocabulary, focus: () => {} }), [builder, vocabulary]);
  const empty = builder.root.of.length === 0 && !builder.typing;
  const unfinished = builder.emitted.unfinished.length > 0;
  const said = builder.typing ? builder.text : (builder.answer?.text ?? '');
  // Leaving the text asks the server once more: whoever clicks meanwhile gets what they clicked for.
  const [wanted, setWanted] = useState(false);
  const fits = !unfinished && !builder.problem && said !== '' && !(empty && said === 'everyone');
  useEffect(() => {
    if (!wanted || builder.waiting) return;
    setWanted(false);
    if (fits) onUse(said);
  }, [wanted, builder.waiting, fits, said, onUse]);
  return (
    <Modal
      open
      width={960}
      title={t('journeys.conditionTitle', { name })}
      okText={t('journeys.conditionUse')}
      okButtonProps={{ disabled: !builder.waiting && !fits, loading: wanted }}
      onOk={() => setWanted(true)}
      onCancel={onClose}
    >
      <BuilderContext.Provider value={world}>
        <div className="fp-journey-condition">
          {empty ? (
            <button type="button" className="fp-journey-first" onClick={() => builder.edit((root) => insert(root, root.id, row({ op: '' })))}>
              {t('segments.addFirst')}
            </button>
          ) : (
            <GroupEditor of={builder.root} />
          )}
          {unfinished && !empty && <Alert type="info" showIcon title={t('journeys.conditionUnfinished')} />}
          <div className="fp-two">
            <CountPanel />
            <TextPanel />
          </div>
        </div>
      </BuilderContext.Provider>
    </Modal>
  );
}

/** A condition on the person, put together as segments are. */
export function ConditionDialog(props: Props) {
  const { t } = useTranslation();
  const vocabulary = useVocabulary();
  if (vocabulary.data) return <Builder {...props} vocabulary={vocabulary.data} />;
  return (
    <Modal open footer={null} title={t('journeys.conditionTitle', { name: props.name })} onCancel={props.onClose}>
      {vocabulary.isError ? <ProblemView error={vocabulary.error} onRetry={() => void vocabulary.refetch()} /> : <Loading rows={4} />}
    </Modal>
  );
}
export default ConditionDialog;
