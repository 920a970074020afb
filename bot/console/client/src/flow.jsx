// The flow of a journey, as the server lists its boxes: buttons in boxes, so that Tab and Enter walk it.
import { Handle, MarkerType, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";

function Box({ data }) {
  const { box, isTall, open, act } = data;
  return (
    <div className={`box ${box.kind}`}>
      {box.before && <Handle type="target" position={isTall ? Position.Top : Position.Left} isConnectable={false} />}
      <button type="button" className="nodrag nopan opens" onClick={() => open(box.place)}>
        <b>{box.title}</b>
        <span>{box.detail}</span>
      </button>
      {box.parts.map((part) => (
        <button type="button" className="nodrag nopan part" key={part.place} onClick={() => open(part.place)}>
          {part.label}
        </button>
      ))}
      {box.deeds.length > 0 && (
        <span className="deeds">
          {box.deeds.map((deed) => (
            <button type="button" className="nodrag nopan deed" key={deed.do} title={deed.label}
              aria-label={deed.label} onClick={() => act(deed.do)}>
              {deed.sign}
            </button>
          ))}
        </span>
      )}
      <Handle type="source" position={isTall ? Position.Bottom : Position.Right} isConnectable={false} />
    </div>
  );
}

const KINDS = { box: Box };

export function Flow({ boxes, isTall, label, open, act }) {
  const nodes = useMemo(
    () => boxes.map((box) => ({
      id: box.id, type: "box", position: { x: box.x, y: box.y }, data: { box, isTall, open, act },
    })),
    [boxes],
  );
  const edges = useMemo(
    () => boxes.filter((box) => box.before).map((box) => ({
      id: `${box.before}-${box.id}`, source: box.before, target: box.id, focusable: false,
      markerEnd: { type: MarkerType.ArrowClosed },
    })),
    [boxes],
  );
  return (
    <ReactFlow
      key={boxes.map((box) => box.id).join()} nodes={nodes} edges={edges} nodeTypes={KINDS} fitView
      fitViewOptions={{ padding: 0.06, maxZoom: 1 }} minZoom={0.3} panOnDrag={!isTall} nodesDraggable={false} nodesConnectable={false}
      nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} zoomOnScroll={false}
      zoomOnDoubleClick={false} preventScrolling={false} disableKeyboardA11y proOptions={{ hideAttribution: true }}
      aria-label={label}
    />
  );
}
