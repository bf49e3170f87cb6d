resource "aws_ecr_repository" "image" {
  name         = var.repository_name
  force_delete = var.force_delete
  tags         = var.tags

  # A task definition names a digest; a tag that could move would only mislead those who look.
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = var.scan_on_push
  }

  # The repository's own key costs nothing and ends with it.
  encryption_configuration {
    encryption_type = "AES256"
  }
}

# Tagged images stay: a task that starts in a year's time pulls the very image that its definition names.
resource "aws_ecr_lifecycle_policy" "image" {
  repository = aws_ecr_repository.image.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "What a push left that was not finished"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.untagged_days
      }
      action = { type = "expire" }
    }]
  })
}
