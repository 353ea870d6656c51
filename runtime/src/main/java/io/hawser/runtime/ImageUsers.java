package io.hawser.runtime;

import io.hawser.runtime.image.layer.ImageTree;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Images' users, each read once from the image's files: an unpacked layer never changes. */
final class ImageUsers {
  private static final int REMEMBERED = 256;

  private record Asked(List<Path> layers, String user, Optional<Long> uid, Optional<Long> gid) {}

  private final Map<Asked, ImageUser> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, ImageUser> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * @throws IllegalArgumentException when a name is not known to the image
   */
  ImageUser of(ImageStore.Image image, ContainerSpec.Security security) {
    Asked asked =
        new Asked(image.layers(), image.config().user(), security.user(), security.group());
    if (image.digest().isEmpty()) { // a directory of somebody's, who may change it
      return resolve(asked);
    }
    synchronized (known) {
      ImageUser user = known.get(asked);
      if (user == null) {
        user = resolve(asked);
        known.put(asked, user);
      }
      return user;
    }
  }

  private static ImageUser resolve(Asked asked) {
    return ImageUser.resolve(new ImageTree(asked.layers()), asked.user(), asked.uid(), asked.gid());
  }
}
