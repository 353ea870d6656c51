package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Resource.DeleteOptions;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.StatusError;
import java.util.List;
import java.util.Optional;

/** Reads {@code metav1.DeleteOptions} from a request's body and parameters. */
final class DeleteOptionsReader {
  private static final List<String> POLICIES = List.of("Background", "Foreground", "Orphan");

  private DeleteOptionsReader() {}

  static DeleteOptions read(ApiRequest request, byte[] body) {
    DeleteOptions fromBody =
        body.length == 0
            ? DeleteOptions.NONE
            : read(Documents.requireObject(Bodies.parse(request.contentType(), body)));
    Optional<String> policy = request.param("propagationPolicy");
    if (policy.isPresent() && !POLICIES.contains(policy.get())) {
      throw StatusError.badRequest(
          "propagationPolicy: expected Background, Foreground or Orphan, got " + policy.get());
    }
    return new DeleteOptions(
        fromBody.graceSeconds().or(() -> grace(request)),
        fromBody.ifUid(),
        fromBody.orphan()
            || policy.filter("Orphan"::equals).isPresent()
            || request.flag("orphanDependents"),
        fromBody.dryRun() || Writer.isDryRun(request));
  }

  private static Optional<Long> grace(ApiRequest request) {
    Optional<Long> seconds = request.number("gracePeriodSeconds");
    if (seconds.filter(s -> s > Integer.MAX_VALUE).isPresent()) {
      throw StatusError.badRequest(
          "gracePeriodSeconds: must be at most %d, got %d"
              .formatted(Integer.MAX_VALUE, seconds.get()));
    }
    return seconds;
  }

  /**
   * @throws StatusError 422 naming every wrong field
   */
  static DeleteOptions read(ObjectNode body) {
    Causes causes = new Causes();
    Fields fields = Fields.of(body, causes);
    fields.harmless("kind", "apiVersion");
    Optional<Long> grace = fields.number("gracePeriodSeconds", 0, Integer.MAX_VALUE);
    Optional<String> policy = fields.oneOf("propagationPolicy", POLICIES);
    boolean orphan = fields.bool("orphanDependents").orElse(false);
    Optional<String> uid =
        fields
            .object("preconditions")
            .flatMap(
                preconditions -> {
                  Optional<String> wanted = preconditions.text("uid");
                  preconditions.unsupported("resourceVersion");
                  preconditions.end();
                  return wanted;
                });
    boolean dryRun = Writer.isDryRun(fields.strings("dryRun"), causes);
    fields.unsupported("ignoreStoreReadErrorWithClusterBreakingPotential");
    fields.end();
    causes.throwIfAny(new StatusError.Subject("", "DeleteOptions", ""));
    return new DeleteOptions(
        grace, uid, orphan || policy.filter("Orphan"::equals).isPresent(), dryRun);
  }
}
