package io.hawser.ops.node;

import java.nio.ByteBuffer;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.JSRInlinerAdapter;

/** Stack maps (JVM specification, 4.7.4) for classes from before they were there. */
final class StackMaps {
  /** The archive holds classes from this version on; the verifier wants stack maps from 51 on. */
  private static final int OLDEST_ARCHIVED = Opcodes.V1_6;

  private static final int MAJOR_VERSION = 6;

  private StackMaps() {}

  static boolean areMissing(byte[] classFile) {
    return ByteBuffer.wrap(classFile).getShort(MAJOR_VERSION) < OLDEST_ARCHIVED;
  }

  /** The same bytes where a class that is mentioned is of a library that is not here. */
  static byte[] added(byte[] classFile) {
    try {
      return written(classFile);
    } catch (TypeNotPresentException e) {
      return classFile;
    }
  }

  private static byte[] written(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer =
        new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
          @Override
          protected ClassLoader getClassLoader() {
            return StackMaps.class.getClassLoader();
          }
        };
    reader.accept(newer(writer), ClassReader.SKIP_FRAMES);
    return writer.toByteArray();
  }

  private static ClassVisitor newer(ClassVisitor next) {
    return new ClassVisitor(Opcodes.ASM9, next) {
      @Override
      public void visit(
          int version, int access, String name, String signature, String parent, String[] types) {
        super.visit(Opcodes.V1_8, access, name, signature, parent, types);
      }

      /** Subroutines of {@code finally} blocks are not in newer class files. */
      @Override
      public MethodVisitor visitMethod(
          int access, String name, String descriptor, String signature, String[] exceptions) {
        MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
        return new JSRInlinerAdapter(method, access, name, descriptor, signature, exceptions);
      }
    };
  }
}
