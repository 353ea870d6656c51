package io.hawser.runtime;

import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.TreeCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The volumes that an image declares: each container gets a directory of its own for each, filled
 * with what the image has there, unless the pod mounts something at that path. They live as long as
 * the container.
 */
final class ImageVolumes {
  private final Map<String, Path> directories;

  private ImageVolumes(Map<String, Path> directories) {
    this.directories = directories;
  }

  static ImageVolumes of(Path home, ContainerSpec spec, ImageStore.Image image) {
    Set<Path> mounted =
        spec.mounts().stream().map(m -> clean(m.target())).collect(Collectors.toSet());
    Map<String, Path> directories = new LinkedHashMap<>();
    for (String declared : image.config().volumes()) {
      Path target = clean(declared);
      if (target.getNameCount() > 0 && !mounted.contains(target)) {
        directories.put(
            target.toString(), home.resolve("volumes").resolve("" + directories.size()));
      }
    }
    return new ImageVolumes(directories);
  }

  private static Path clean(String path) {
    return Path.of("/").resolve(path).normalize();
  }

  void make(ImageTree image) throws IOException {
    for (Map.Entry<String, Path> volume : directories.entrySet()) {
      Path directory = Files.createDirectories(volume.getValue());
      TreeCopy.content(image, volume.getKey(), directory);
    }
  }

  java.util.List<ContainerSpec.VolumeMount> mounts() {
    return directories.entrySet().stream()
        .map(v -> new ContainerSpec.VolumeMount(v.getValue().toString(), v.getKey(), false))
        .toList();
  }
}
