package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ReplicaSet;

/** The replica sets that users made, a part of {@link ReplicaSetResource}. */
final class OwnReplicaSets extends ObjectResource<ReplicaSet> {
  OwnReplicaSets(ResourceType type) {
    super(type, ReplicaSet.class);
  }

  @Override
  ReplicaSet read(ObjectMeta meta, Fields root) {
    return WorkloadFields.replicaSet(meta, root);
  }

  @Override
  void write(ReplicaSet set, ObjectNode node) {
    WorkloadEncoder.replicaSet(set, node);
  }
}
